# S5.1: a callback may close its own socket; nothing of it is called later, and the peer sees the end.
import std/[asyncdispatch, nativesockets, posix]

proc pair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_STREAM, 0, fds) == 0
  for fd in fds:
    fd.SocketHandle.setBlocking(false)
    register(fd.AsyncFD)
  (fds[0].AsyncFD, fds[1].AsyncFD)

proc main() =
  for answer in [true, false]:
    let (a, b) = pair()
    let answer = answer
    a.addRead(proc (fd: AsyncFD): bool =
      echo "closing"
      fd.closeSocket()
      echo "closed, known ", fd in getGlobalDispatcher()
      answer)
    waitFor b.send("x")
    poll(0)
    echo "counted ", activeDescriptors()
    waitFor sleepAsync(1)
    try: echo "'", waitFor b.recv(10), "'"
    except OSError as e: echo e.msg

main()
