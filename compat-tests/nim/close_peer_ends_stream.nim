# S5.1, S4.3: closing one end is the end of the stream for the other, whose waiting receive finishes.
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
  let f = b.recv(10)
  poll(0)
  echo "waiting ", not f.finished
  waitFor a.send("bye")
  a.closeSocket()
  echo waitFor f
  echo "'", waitFor b.recv(10), "'"

main()
