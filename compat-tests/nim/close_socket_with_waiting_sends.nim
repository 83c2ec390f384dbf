# S5.1, S4.6, S4.7, S4.8: closeSocket fails waiting sends, those of a string at the next poll.
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
  let f = a.send("never sent")
  let g = a.send("nor this", {})
  f.addCallback(proc () = echo "callback of f: ", f.readError.msg)
  g.addCallback(proc () = echo "callback of g: ", g.readError.msg)
  a.closeSocket()
  echo "closed: ", f.finished, " ", g.finished, " counted ", activeDescriptors()
  poll()
  let r = b.recv(100)
  echo "'", waitFor r, "'"

main()
