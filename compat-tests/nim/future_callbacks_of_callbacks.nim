# S7.4, S7.11, S2.8: what a callback completes or adds goes behind everything that is queued already, in the same poll.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let
    a = newFuture[void]("a")
    b = newFuture[void]("b")
  a.addCallback(proc () =
    echo "a1"
    b.complete()
    a.addCallback(proc () = echo "a4, added by a1")
    echo "a1 ends")
  a.addCallback(proc () = echo "a2")
  b.addCallback(proc () =
    echo "b1"
    callSoon(proc () = echo "soon, from b1"))
  a.addCallback(proc () = echo "a3")
  callSoon(proc () = echo "soon, before complete")
  a.complete()
  callSoon(proc () = echo "soon, after complete")
  poll()
  echo "pending ", hasPendingOperations()

main()
