# S2.15, S3.9: a side whose callback has raised is asked for until the descriptor was served; another callback ends that
import std/[asyncdispatch, posix]

proc newPipe(): array[2, cint] =
  doAssert pipe(result) == 0
  register(result[1].AsyncFD)

proc raises(fd: AsyncFD): bool = raise newException(ValueError, "raised")

proc pollAndSay() =
  try:
    poll(0)
    echo "polled, counted ", activeDescriptors()
  except ValueError as e:
    echo "poll raised: ", e.msg, ", counted ", activeDescriptors()

proc addReader(fd: cint) =
  addRead(fd.AsyncFD, proc (fd: AsyncFD): bool =
    echo "read side"
    true)

proc main() =
  echo "added before it raises"
  let a = newPipe()
  addReader(a[1])
  addWrite(a[1].AsyncFD, raises)
  pollAndSay()
  doAssert posix.close(a[0]) == 0
  pollAndSay()
  pollAndSay()

  echo "added after it has raised"
  let b = newPipe()
  addWrite(b[1].AsyncFD, raises)
  pollAndSay()
  doAssert posix.close(b[0]) == 0
  addReader(b[1])
  pollAndSay()

main()
