# S6.1, S6.2, S1.23: a repeating timer fires until its callback answers true; it is counted until then, inside it too.
import std/asyncdispatch

proc main() =
  var calls = 0
  addTimer(3, false, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls, ", counted ", activeDescriptors()
    calls == 4)
  while hasPendingOperations(): poll()
  echo "counted ", activeDescriptors()

main()
