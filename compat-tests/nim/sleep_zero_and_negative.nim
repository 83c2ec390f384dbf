# S6.3: zero and negative sleeps are due at the next poll, behind what is queued already.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc add(ms: int) =
    let f = sleepAsync(ms)
    f.addCallback(proc () = echo ms)
    echo ms, " finished ", f.finished

  add 0
  add(-30_000)
  add(-60_000)
  callSoon(proc () = echo "soon")
  echo "pending ", hasPendingOperations()
  poll(0)
  echo "pending ", hasPendingOperations()

main()
