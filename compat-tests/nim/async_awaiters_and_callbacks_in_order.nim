# S8.4: awaiting procs and plain callbacks run in order of addition, between what was queued before and after.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  proc waiter(name: string) {.async.} =
    await f
    echo name

  f.addCallback(proc () = echo "callback 1")
  let a = waiter("proc 1")
  f.addCallback(proc () = echo "callback 2")
  let b = waiter("proc 2")
  callSoon(proc () = echo "queued before")
  f.complete()
  callSoon(proc () = echo "queued after")
  let c = waiter("proc 3, not waiting")
  poll()
  echo a.finished, " ", b.finished, " ", c.finished

main()
