# S3.1, S3.7: a writable descriptor calls its write list in each poll, and only that
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
    echo "read"
    true)
  addWrite(a, proc (fd: AsyncFD): bool =
    inc calls
    echo "write ", calls
    calls == 3)
  for i in 1 .. 3:
    poll()
    echo "polled, counted ", activeDescriptors()
  poll(0)
  echo "nothing to write, counted ", activeDescriptors()
  put(b, "x")
  poll()
  echo "counted ", activeDescriptors()

main()
