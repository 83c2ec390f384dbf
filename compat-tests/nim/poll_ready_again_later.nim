# S2.5, S3.1: those that stay ready are served again in each poll
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, toA) = newPipe()
  let (b, toB) = newPipe()
  proc watch(name: string, r: AsyncFD) =
    var calls = 0
    addRead(r, proc (fd: AsyncFD): bool =
      inc calls
      echo name, " ", calls
      calls == 3)
  watch("a", a)
  watch("b", b)
  put(toB, "x")
  put(toA, "x")
  while hasPendingOperations():
    poll()
    echo "polled"

main()
