# S2.19, S2.22: waitFor inside callbacks of the queue, one in the other
import std/asyncdispatch

proc main() =
  callSoon(proc () =
    echo "a begins"
    callSoon(proc () =
      echo "b begins"
      waitFor sleepAsync(1)
      echo "b ends")
    waitFor sleepAsync(20)
    echo "a ends")
  callSoon(proc () = echo "c")
  poll()
  echo "polled, pending ", hasPendingOperations()

main()
