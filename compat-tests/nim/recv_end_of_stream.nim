# S4.3, S4.4: at the end of the stream recv gives an empty string and recvInto 0, each time that they are asked.
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
  waitFor b.send("last words")
  b.closeSocket()
  for size in [4, 100, 100, 1]:
    echo "'", waitFor a.recv(size), "'"
  var buf: array[8, char]
  for i in 1 .. 2: echo waitFor a.recvInto(addr buf, buf.len)
  a.closeSocket()

main()
