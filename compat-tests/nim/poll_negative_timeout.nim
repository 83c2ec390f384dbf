# S2.4: a timeout below -1 is refused where poll would have to wait
import std/[asyncdispatch, posix, strutils]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  for timeout in [-2, -1000]:
    try:
      poll(timeout)
      echo "polled"
    except AssertionDefect as e:
      echo "refused: ", e.msg.endsWith("Cannot select with a negative value, got: " & $timeout)
  echo "counted ", activeDescriptors()
  put(w, "x")
  poll(-1)
  echo "counted ", activeDescriptors()

main()
