# S3.9: the peer of a stream closed: both lists are called, read first
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "write list"
    true)
  addRead(a, proc (fd: AsyncFD): bool =
    var c: char
    echo "read list, bytes ", read(fd.cint, addr c, 1)
    true)
  unregister(b)
  discard close(b.cint)
  poll()
  echo "polled, counted ", activeDescriptors()

main()
