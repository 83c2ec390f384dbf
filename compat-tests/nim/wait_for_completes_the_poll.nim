# S2.22, S2.8: the poll in which the future finishes is completed before waitFor returns, entries queued in it included
import std/asyncdispatch

proc main() =
  let f = newFuture[string]("f")
  callSoon(proc () =
    f.complete("value")
    callSoon(proc () = echo "queued after the completion"))
  callSoon(proc () = echo "queued before it")
  f.addCallback(proc () =
    echo "callback"
    callSoon(proc () = echo "queued by the callback"))
  echo waitFor(f)
  echo "pending ", hasPendingOperations()

main()
