# S5.1, S8.2: a proc whose socket is closed under it goes on with the error at the next poll.
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
  proc reader(name: string, size: int) {.async.} =
    try:
      echo name, " got '", await a.recv(size), "'"
    except OSError as e:
      echo name, ": ", e.msg

  let first = reader("first", 1)
  let second = reader("second", 2)
  callSoon(proc () = echo "queued before the closing")
  a.closeSocket()
  echo "closed"
  poll()
  echo first.finished, " ", second.finished

main()
