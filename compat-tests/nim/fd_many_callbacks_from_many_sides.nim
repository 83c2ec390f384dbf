# S3.3, S3.5, S3.6: lists of two descriptors under answers that change: who is called in which turn
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
  proc cb(name: string, answers: seq[bool]): Callback =
    var calls = 0
    result = proc (fd: AsyncFD): bool =
      echo "turn ", turn, ": ", name
      inc calls
      answers[calls - 1]
  addRead(a, cb("a read 1", @[false, true]))
  addRead(a, cb("a read 2", @[true]))
  addWrite(a, cb("a write 1", @[true]))
  addWrite(a, cb("a write 2", @[false, false, true]))
  addWrite(a, cb("a write 3", @[true]))
  addRead(b, cb("b read 1", @[true]))
  addRead(b, cb("b read 2", @[false, true]))
  put(a, "x")
  put(b, "x")
  while hasPendingOperations():
    inc turn
    poll()

main()
