# S3.9, S3.3: an error alone serves the write side after the read side, with what the read side has added to it
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let writer = fds[1].AsyncFD
  register(writer)
  addRead(writer, proc (fd: AsyncFD): bool =
    echo "read side"
    addRead(writer, proc (fd: AsyncFD): bool =
      echo "added to the read side"
      true)
    addWrite(writer, proc (fd: AsyncFD): bool =
      echo "added to the write side"
      true)
    true)
  doAssert posix.close(fds[0]) == 0
  for _ in 1 .. 2:
    poll(0)
    echo "polled, counted ", activeDescriptors()

main()
