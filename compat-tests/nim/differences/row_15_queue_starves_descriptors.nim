# S2.8: an entry that queues itself again for long keeps descriptors and timers from their turn
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
  var readAt = -1
  addRead(r, proc (fd: AsyncFD): bool =
    readAt = calls
    true)
  proc again() {.gcsafe.} =
    if calls == 0: put(w, "x")
    inc calls
    if calls < 100_000: callSoon(again)
  callSoon(again)
  poll()
  echo "one poll made all calls: ", calls == 100_000
  while hasPendingOperations(): poll()
  echo "the descriptor had to wait for all of them: ", readAt == calls

main()
