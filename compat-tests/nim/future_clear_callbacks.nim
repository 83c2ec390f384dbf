# S7.13: clearCallbacks forgets what is not queued yet, and nothing else.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  f.addCallback(proc () = echo "forgotten")
  f.clearCallbacks()
  f.addCallback(proc () = echo "added after the clearing")
  f.complete()
  f.clearCallbacks()
  poll()
  let g = newFuture[void]("g")
  g.addCallback(proc () = echo "forgotten too")
  g.clearCallbacks()
  g.complete()
  echo "pending ", hasPendingOperations()

main()
