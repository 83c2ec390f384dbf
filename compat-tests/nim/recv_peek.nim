# S4.3, S4.4, S7.1: Peek leaves the bytes where they are.
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
  waitFor b.send("abcdef")
  let both = {SocketFlag.SafeDisconn, SocketFlag.Peek}
  echo waitFor a.recv(3, both)
  echo waitFor a.recv(100, both)
  var buf: array[10, char]
  let n = waitFor a.recvInto(addr buf, 2, {SocketFlag.Peek})
  echo n, " ", buf[0], buf[1]
  echo waitFor a.recv(2)
  echo waitFor a.recv(100, both)
  echo waitFor a.recv(100)
  let waiting = a.recv(1)
  poll(0)
  echo "empty ", not waiting.finished
  a.closeSocket()

main()
