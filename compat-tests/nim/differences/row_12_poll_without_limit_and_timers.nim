# S2.11: poll(-1) does not look at timers while it waits
# nim: --threads:on
import std/[asyncdispatch, posix, os, times]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc later(w: AsyncFD) {.thread.} =
  sleep(400)
  put(w, "x")

proc main() =
  let (r, w) = newPipe()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  let f = sleepAsync(20)
  f.addCallback(proc () = echo "timer")
  var t: Thread[AsyncFD]
  createThread(t, later, w)
  let start = epochTime()
  poll(-1)
  echo "waited for the descriptor ", epochTime() - start > 0.3
  while hasPendingOperations(): poll()
  joinThread(t)

main()
