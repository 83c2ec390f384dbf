# S6.2: a timer of 0 ms is counted and never fires.
import std/asyncdispatch

proc main() =
  try:
    addTimer(0, true, proc (fd: AsyncFD): bool =
      echo "fires"
      true)
    echo "accepted, counted ", activeDescriptors()
    poll(30)
    if hasPendingOperations(): echo "still pending"
  except CatchableError:
    echo "refused, counted ", activeDescriptors()

main()
