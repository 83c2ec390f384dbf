# S4.2, S4.3: receives of one socket are served in order, in one poll as long as there are bytes; the others wait.
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
  proc ask(name: string, size: int) =
    let f = a.recv(size)
    f.addCallback(proc () = echo name, " '", f.read, "'")
  ask "first", 2
  ask "second", 3
  ask "third", 10
  ask "fourth", 10
  waitFor b.send("abcdefg")
  poll()
  echo "counted ", activeDescriptors()
  waitFor b.send("more")
  poll()
  echo "counted ", activeDescriptors()

main()
