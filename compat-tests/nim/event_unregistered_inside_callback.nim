# S6.4, S1.27: an event may be unregistered in its own callback, whatever the callback answers.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  for answer in [true, false]:
    let answer = answer
    addEvent(ev, proc (fd: AsyncFD): bool =
      ev.unregister()
      echo "unregistered, counted ", activeDescriptors()
      answer)
    ev.trigger()
    poll()
    echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  ev.close()

main()
