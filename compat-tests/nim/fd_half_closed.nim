# S3.9, S3.1: the peer's shutdown of its sending side wakes the reader, again and again until it answers true
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  var calls = 0
  addRead(a, proc (fd: AsyncFD): bool =
    inc calls
    var c: char
    echo "call ", calls, ", bytes ", read(fd.cint, addr c, 1)
    calls == 3)
  put(b, "x")
  doAssert shutdown(b.SocketHandle, SHUT_WR) == 0
  while hasPendingOperations(): poll()
  addWrite(a, proc (fd: AsyncFD): bool =
    put(fd, "still")
    echo "still writes"
    true)
  poll()
  echo "counted ", activeDescriptors()

main()
