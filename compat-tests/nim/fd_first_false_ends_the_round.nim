# S3.4, S3.5: in order of adding; the first that answers false ends the round, it and those after it are kept
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  var turn = 0
  proc watch(name: string, done: int) =
    addRead(r, proc (fd: AsyncFD): bool =
      echo "turn ", turn, ": ", name
      turn >= done)
  watch("a", 1)
  watch("b", 3)
  watch("c", 2)
  watch("d", 4)
  put(w, "x")
  while hasPendingOperations():
    inc turn
    poll()

main()
