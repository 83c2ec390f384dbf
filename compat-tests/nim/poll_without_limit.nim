# S2.11: poll(-1) waits for a descriptor as long as it takes
# nim: --threads:on
import std/[asyncdispatch, posix, os, times]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc later(w: AsyncFD) {.thread.} =
  sleep(700)
  put(w, "x")

proc main() =
  let (r, w) = newPipe()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  var t: Thread[AsyncFD]
  createThread(t, later, w)
  let start = epochTime()
  poll(-1)
  echo "waited ", epochTime() - start > 0.6, ", pending ", hasPendingOperations()
  joinThread(t)

main()
