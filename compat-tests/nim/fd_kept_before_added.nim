# S3.6, S3.8: what is added inside a callback waits for the next turn, behind what was kept
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
  proc watch(name: string, done: int, adds = "") =
    addRead(r, proc (fd: AsyncFD): bool =
      echo "turn ", turn, ": ", name
      if adds != "" and turn == 1:
        addRead(fd, proc (fd: AsyncFD): bool =
          echo "turn ", turn, ": ", adds
          true)
      turn >= done)
  watch("a", 1, adds = "added by a")
  watch("b", 2, adds = "added by b")
  watch("c", 2)
  put(w, "x")
  while hasPendingOperations():
    inc turn
    poll()

main()
