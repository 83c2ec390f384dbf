# S4.1, S4.6, S4.7: send is not finished on return, except of nothing; that does not look at the socket.
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
  let f = a.send("data")
  echo "on return ", f.finished, " counted ", activeDescriptors()
  let nothing = a.send("")
  echo "of nothing ", nothing.finished, " counted ", activeDescriptors()
  poll()
  echo "polled ", f.finished, " counted ", activeDescriptors()
  echo waitFor b.recv(100)
  a.closeSocket()
  let closed = a.send("")
  echo "of nothing, closed ", closed.finished, " ", closed.failed

main()
