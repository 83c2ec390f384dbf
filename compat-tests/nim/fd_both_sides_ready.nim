# S3.3, S3.7: read side first, then write side; each goes on by its own answers
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  var turn = 0
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "turn ", turn, ": write 1"
    turn == 2)
  addRead(a, proc (fd: AsyncFD): bool =
    echo "turn ", turn, ": read 1"
    turn == 1)
  addRead(a, proc (fd: AsyncFD): bool =
    echo "turn ", turn, ": read 2"
    turn == 3)
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "turn ", turn, ": write 2"
    true)
  put(b, "x")
  while hasPendingOperations():
    inc turn
    poll()

main()
