# S2.19: a poll inside an entry of the queue runs the rest of the queue first
import std/asyncdispatch

proc main() =
  callSoon(proc () =
    echo "first begins"
    poll()
    echo "first ends")
  callSoon(proc () = echo "second")
  callSoon(proc () =
    callSoon(proc () = echo "fourth")
    echo "third")
  poll()
  echo "polled, pending ", hasPendingOperations()

main()
