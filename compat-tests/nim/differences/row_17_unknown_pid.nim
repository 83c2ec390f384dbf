# S6.6: a pid that is no process is accepted, counted, and never fires.
import std/asyncdispatch

proc main() =
  try:
    addProcess(99_999_999, proc (fd: AsyncFD): bool =
      echo "called"
      true)
    echo "accepted, counted ", activeDescriptors()
    poll(20)
    if hasPendingOperations(): echo "still pending"
  except CatchableError:
    echo "refused"

main()
