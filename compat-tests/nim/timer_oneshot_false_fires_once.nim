# S6.2, S1.23: a one-shot timer whose callback answers false does not fire again and is not counted.
import std/asyncdispatch

proc main() =
  addTimer(2, true, proc (fd: AsyncFD): bool =
    echo "fires"
    false)
  poll()
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  waitFor sleepAsync(20)
  echo "end"

main()
