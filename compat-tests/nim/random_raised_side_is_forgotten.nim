# S2.15, S3.9: a side whose callback raises is not asked for any more if that has begun to wait on the other side
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let writer = fds[1].AsyncFD
  register(writer)
  addWrite(writer, proc (fd: AsyncFD): bool =
    echo "write side"
    addRead(writer, proc (fd: AsyncFD): bool =
      echo "read side"
      true)
    raise newException(ValueError, "raised"))
  try: poll(0)
  except ValueError as e: echo "poll raised: ", e.msg
  echo "counted ", activeDescriptors()
  doAssert posix.close(fds[0]) == 0
  poll(0)
  echo "polled, counted ", activeDescriptors()

main()
