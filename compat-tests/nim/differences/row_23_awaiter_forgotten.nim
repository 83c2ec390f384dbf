# S7.19: withTimeout of a future that a proc awaits: the proc hangs.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  proc waiter() {.async.} =
    echo "waiter got ", await f

  let w = waiter()
  let t = f.withTimeout(1)
  f.complete(1)
  drain(100)
  echo "in time ", t.read
  if not w.finished: echo "waiter: still pending"

main()
