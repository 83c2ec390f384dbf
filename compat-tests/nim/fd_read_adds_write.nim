# S3.3, S3.4, S3.8: a write callback added by the read side of the same turn: called in it only if the side was reported
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  proc run(writeSideToo: bool) =
    let (a, b) = newPair()
    if writeSideToo:
      addWrite(a, proc (fd: AsyncFD): bool =
        echo "old write"
        true)
    addRead(a, proc (fd: AsyncFD): bool =
      echo "read"
      addWrite(fd, proc (fd: AsyncFD): bool =
        echo "new write"
        true)
      true)
    put(b, "x")
    poll()
    echo "polled, counted ", activeDescriptors()
    while hasPendingOperations(): poll()
    echo "end"
  run(writeSideToo = false)
  run(writeSideToo = true)

main()
