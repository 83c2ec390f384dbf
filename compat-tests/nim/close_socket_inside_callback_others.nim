# S5.1, S3.8: the callbacks of the list being served are called after the closing one if that answers true, dropped if false.
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
    discard write(b.cint, "x".cstring, 1)
    a.addRead(proc (fd: AsyncFD): bool =
      fd.closeSocket()
      echo "closed, answers ", answer
      answer)
    a.addRead(proc (fd: AsyncFD): bool =
      echo "second reader, known ", fd in getGlobalDispatcher()
      true)
    a.addWrite(proc (fd: AsyncFD): bool =
      echo "writer, known ", fd in getGlobalDispatcher()
      true)
    poll(0)
    echo "counted ", activeDescriptors()

main()
