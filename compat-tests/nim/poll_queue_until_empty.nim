# S2.8: entries queued by entries run in the same poll, however deep
import std/asyncdispatch

proc main() =
  var calls = 0
  proc again() {.gcsafe.} =
    inc calls
    if calls < 5000: callSoon(again)
  callSoon(again)
  callSoon(proc () = echo "second entry, calls ", calls)
  poll()
  echo "polled, calls ", calls, " pending ", hasPendingOperations()

main()
