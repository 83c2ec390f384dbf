# S4.1, S4.3, S1.20: recv never tries at once; a short read finishes it; it counts while it waits.
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
  waitFor b.send("hello")
  let f = a.recv(100)
  echo "on return ", f.finished, " counted ", activeDescriptors()
  f.addCallback(proc () = echo "got '", f.read, "'")
  poll()
  echo "counted ", activeDescriptors()
  a.closeSocket()
  b.closeSocket()

main()
