# S5.1, S4.1: data that has arrived does not help a receive whose socket is closed before the poll.
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
  waitFor b.send("too late")
  let f = a.recv(10)
  f.addCallback(proc () = echo "callback: ", f.readError.msg)
  a.closeSocket()
  poll()

main()
