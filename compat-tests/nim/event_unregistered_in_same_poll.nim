# S6.1, S6.4: an event that another event's callback unregisters in the same poll is skipped.
import std/asyncdispatch

proc main() =
  let a = newAsyncEvent()
  let b = newAsyncEvent()
  addEvent(a, proc (fd: AsyncFD): bool =
    echo "a unregisters b"
    b.unregister()
    true)
  addEvent(b, proc (fd: AsyncFD): bool =
    echo "not called"
    true)
  a.trigger()
  b.trigger()
  poll()
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  a.close()
  b.close()

main()
