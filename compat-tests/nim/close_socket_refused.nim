# S5.1: a callback that wants to go on makes closeSocket raise; the socket is closed all the same.
import std/[asyncdispatch, nativesockets, posix]

proc pair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_STREAM, 0, fds) == 0
  for fd in fds:
    fd.SocketHandle.setBlocking(false)
    register(fd.AsyncFD)
  (fds[0].AsyncFD, fds[1].AsyncFD)

proc main() =
  let (a, b) = pair()
  a.addRead(proc (fd: AsyncFD): bool =
    echo "called"
    false)
  try: a.closeSocket()
  except ValueError as e: echo e.msg
  echo "known ", a in getGlobalDispatcher(), " counted ", activeDescriptors()
  echo "'", waitFor b.recv(10), "'"

main()
