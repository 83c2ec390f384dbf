# S4.2, S3.9: a socket that is readable and writable serves its reader first, then its writer.
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
  waitFor b.send("in")
  let outgoing = a.send("out")
  outgoing.addCallback(proc () = echo "sent")
  let incoming = a.recv(10)
  incoming.addCallback(proc () = echo "received ", incoming.read)
  echo "counted ", activeDescriptors()
  poll()
  echo "counted ", activeDescriptors()
  echo waitFor b.recv(10)

main()
