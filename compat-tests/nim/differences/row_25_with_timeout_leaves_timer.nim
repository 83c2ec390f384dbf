# S7.19, S1.31: the timer of withTimeout stays, and keeps the loop alive, though the future has finished long before.
import std/[asyncdispatch, heapqueue]

proc main() =
  let f = newFuture[void]("f")
  let w = f.withTimeout(1000)
  f.complete()
  poll(0)
  echo "in time ", w.read
  echo "timers ", getGlobalDispatcher().timers.len, " pending ", hasPendingOperations()

main()
