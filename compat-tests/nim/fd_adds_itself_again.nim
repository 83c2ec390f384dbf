# S3.8, S3.7: a callback that adds itself again and answers true stays watched
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  var calls = 0
  proc step(fd: AsyncFD): bool {.gcsafe.} =
    inc calls
    echo "call ", calls, ", counted ", activeDescriptors()
    if calls < 3: addRead(fd, step)
    true
  addRead(r, step)
  put(w, "x")
  while hasPendingOperations():
    poll()
    echo "polled, counted ", activeDescriptors()

main()
