# S3.9: the peer shuts its sending side down while a send waits for room: nobody is called and the descriptor is disarmed
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  doAssert fcntl(a.cint, F_SETFL, O_NONBLOCK) == 0
  var buf: array[65536, char]
  while write(a.cint, addr buf, buf.len) > 0: discard
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "write list"
    true)
  doAssert shutdown(b.SocketHandle, SHUT_WR) == 0
  poll(0)
  echo "half closed, counted ", activeDescriptors()
  while read(b.cint, addr buf, buf.len) == buf.len: discard
  try:
    poll(100)
    echo "polled, counted ", activeDescriptors()
  except ValueError as e:
    echo "raised: ", e.msg

main()
