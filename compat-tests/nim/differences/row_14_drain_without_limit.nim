# S2.20: drain(-1) is one poll without limit
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
  addRead(r, proc (fd: AsyncFD): bool =
    inc calls
    calls == 3)
  put(w, "x")
  drain(-1)
  echo "calls ", calls, " pending ", hasPendingOperations()

main()
