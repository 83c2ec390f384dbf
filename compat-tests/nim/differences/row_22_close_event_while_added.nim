# S6.4, S1.28: an event closed while it is added stays counted for ever.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  addEvent(ev, proc (fd: AsyncFD): bool = true)
  ev.close()
  echo "counted ", activeDescriptors()
  if hasPendingOperations():
    poll(10)
    echo "still pending ", hasPendingOperations()

main()
