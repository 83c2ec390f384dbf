# S4.3: recv of 0 bytes breaks the poll once there is data, and with it the receives behind it.
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
  let f = a.recv(0)
  let g = a.recv(10)
  discard write(b.cint, "data".cstring, 4)
  for i in 1 .. 2:
    try:
      if hasPendingOperations(): poll(10)
    except IndexDefect: echo "poll raised a defect"
  if f.finished: echo "of nothing: '", f.read, "'"
  else: echo "of nothing: still pending"
  if g.finished: echo "behind it: '", g.read, "'"
  else: echo "behind it: still pending"

main()
