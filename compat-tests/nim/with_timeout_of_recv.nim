# S7.19, S4.3: a receive that was too late for withTimeout is not cancelled: it takes the data that comes later.
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
  let f = a.recv(100)
  echo "in time ", waitFor f.withTimeout(10)
  echo "counted ", activeDescriptors()
  waitFor b.send("late data")
  let g = a.recv(100)
  echo "in time ", waitFor f.withTimeout(1000)
  echo f.read, ", the next one waits ", not g.finished
  waitFor b.send("more")
  echo waitFor g

main()
