# S4.2, S8.8: a receive that nobody wants any more cannot be taken back: it takes the next bytes.
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
  let unwanted = a.recv(10)
  when compiles(unwanted.cancel()): unwanted.cancel()
  let wanted = a.recv(10)
  doAssert write(b.cint, "data".cstring, 4) == 4
  poll()
  if wanted.finished: echo "got ", wanted.read
  else: echo "still pending"

main()
