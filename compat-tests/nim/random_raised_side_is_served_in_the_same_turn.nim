# S2.15, S3.8: the side whose callback has raised is served in the next poll with what the read side adds to it meanwhile
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  let a = fds[0].AsyncFD
  register(a)
  doAssert posix.write(fds[1], "x".cstring, 1) == 1
  var calls = 0
  addRead(a, proc (fd: AsyncFD): bool =
    inc calls
    echo "read side, call ", calls
    if calls == 2:
      addWrite(a, proc (fd: AsyncFD): bool =
        echo "added to the write side"
        true)
    calls == 2)
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "raises"
    raise newException(ValueError, "raised"))
  for _ in 1 .. 2:
    try:
      poll(0)
      echo "polled, counted ", activeDescriptors()
    except ValueError as e:
      echo "poll raised: ", e.msg

main()
