# S6.4: a triggered event that is unregistered before the poll is not called; the trigger is kept.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "not called"
    true)
  ev.trigger()
  ev.unregister()
  echo "pending ", hasPendingOperations()
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "called"
    true)
  poll()
  echo "counted ", activeDescriptors()
  ev.close()

main()
