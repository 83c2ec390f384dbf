# S1.32, S1.33: pending futures count for nothing; each callback of a completed one is an entry of the queue
import std/[asyncdispatch, deques]

proc main() =
  let d = getGlobalDispatcher()
  let f = newFuture[int]("f")
  f.addCallback(proc () = echo "one")
  f.addCallback(proc () = echo "two")
  echo "pending future: queue ", d.callbacks.len, " pending ", hasPendingOperations()
  f.complete(1)
  echo "completed: queue ", d.callbacks.len, " pending ", hasPendingOperations()
  f.addCallback(proc () = echo "three")
  echo "added to a finished one: queue ", d.callbacks.len
  callSoon(proc () = echo "queue inside ", d.callbacks.len)
  let g = newFuture[int]("g")
  g.complete(2)
  echo "completed without callbacks: queue ", d.callbacks.len
  poll()
  echo "queue ", d.callbacks.len, " pending ", hasPendingOperations()

main()
