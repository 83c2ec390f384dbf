# S3.3, S3.7, S3.8: a state machine that asks for the other side from inside its callback gets it in the next turn
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  proc reading(fd: AsyncFD): bool {.gcsafe.}
  proc writing(fd: AsyncFD): bool {.gcsafe.} =
    echo "writes"
    put(fd, "answer")
    addRead(fd, reading)
    true
  proc reading(fd: AsyncFD): bool =
    var buf: array[16, char]
    let n = read(fd.cint, addr buf, 16)
    echo "reads ", n
    if n > 0: addWrite(fd, writing)
    true
  addRead(a, reading)
  for i in 1 .. 2:
    put(b, "question")
    for turn in 1 .. 2:
      poll()
      echo "polled, counted ", activeDescriptors()
    var buf: array[16, char]
    echo "peer got ", read(b.cint, addr buf, 16)
  unregister(b)
  discard close(b.cint)
  poll()
  echo "polled, counted ", activeDescriptors()

main()
