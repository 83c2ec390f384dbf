# S6.1, S6.2, S1.23: a one-shot timer counts until it fires; it is called once, and is not counted inside its callback.
import std/asyncdispatch

proc main() =
  var calls = 0
  addTimer(5, true, proc (fd: AsyncFD): bool =
    inc calls
    echo "fires, counted ", activeDescriptors()
    true)
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  poll()
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  echo "calls ", calls

main()
