# S4.7: send of a string finishes one queue turn after the bytes went out.
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
  a.send("data").addCallback(proc () = echo "sent")
  a.addWrite(proc (fd: AsyncFD): bool =
    echo "next writer of the same turn"
    callSoon(proc () = echo "soon")
    true)
  poll()
  a.closeSocket()
  b.closeSocket()

main()
