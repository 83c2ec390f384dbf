# S4.4: recvInto writes into the part of the buffer that it is given, and says how many bytes came.
import std/[asyncdispatch, nativesockets, posix, strutils]

proc pair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_STREAM, 0, fds) == 0
  for fd in fds:
    fd.SocketHandle.setBlocking(false)
    register(fd.AsyncFD)
  (fds[0].AsyncFD, fds[1].AsyncFD)

proc main() =
  let (a, b) = pair()
  var buf = repeat('.', 8)
  waitFor b.send("abcdef")
  let f = a.recvInto(addr buf[2], 3)
  echo "on return ", f.finished
  echo waitFor f, " ", buf
  echo waitFor a.recvInto(addr buf[0], 8), " ", buf
  let nothing = a.recvInto(addr buf[0], 0)
  poll(0)
  echo "nothing to read, finished ", nothing.finished
  waitFor b.send("xy")
  poll(0)
  echo "readable, got ", nothing.read
  echo waitFor a.recvInto(addr buf[6], 2), " ", buf

main()
