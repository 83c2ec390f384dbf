# S6.4, S1.26, S1.27: an event triggered before it is added is served at the first poll after; it counts while added.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  ev.trigger()
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "served, counted ", activeDescriptors()
    true)
  echo "counted ", activeDescriptors()
  poll()
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  ev.close()

main()
