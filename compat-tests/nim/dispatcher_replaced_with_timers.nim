# S1.7, S1.2, S1.30: timers and descriptors do not prevent replacement; they stay with theirs and go on when it is set again
import std/[asyncdispatch, posix, heapqueue]

proc main() =
  let first = getGlobalDispatcher()
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[0].AsyncFD)
  addRead(fds[0].AsyncFD, proc (fd: AsyncFD): bool =
    echo "read callback"
    true)
  let f = sleepAsync(0)
  f.addCallback(proc () = echo "timer callback")
  setGlobalDispatcher(newDispatcher())
  echo "second: pending ", hasPendingOperations(), " descriptors ", activeDescriptors()
  doAssert write(fds[1], "x".cstring, 1) == 1
  callSoon(proc () = echo "second's queue")
  poll()
  echo "timer finished ", f.finished
  setGlobalDispatcher(first)
  echo "first: pending ", hasPendingOperations(), " descriptors ", activeDescriptors(), " timers ", first.timers.len
  poll()
  echo "timer finished ", f.finished, " pending ", hasPendingOperations()

main()
