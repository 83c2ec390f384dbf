# S2.20: drain stops at the end of its time though something is pending; with 0 it still polls
import std/[asyncdispatch, posix, times]

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
  let start = epochTime()
  drain(60)
  let time = epochTime() - start
  echo "waited ", time >= 0.059, ", not for ever ", time < 2.0, ", pending ", hasPendingOperations()
  put(w, "x")
  drain(0)
  echo "pending ", hasPendingOperations()

main()
