# S1.10, S1.11: closed while watched: it stays counted, cannot be unregistered, and a stranger with its number is taken for it
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  addRead(r, proc (fd: AsyncFD): bool = true)
  discard close(r.cint)
  try:
    unregister(r)
    echo "unregistered"
  except CatchableError as e:
    echo "raised: ", e.msg
  echo "counted ", activeDescriptors(), " known ", r in getGlobalDispatcher()
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  echo "same number: ", fds[0] == r.cint
  try:
    register(fds[0].AsyncFD)
    echo "registered"
  except AssertionDefect:
    echo "refused: the stranger is already registered"

main()
