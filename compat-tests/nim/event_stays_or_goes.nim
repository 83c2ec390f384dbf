# S6.4, S1.27: false keeps the event added, true removes it.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls
    calls == 3)
  for i in 1 .. 3:
    ev.trigger()
    poll()
    echo "counted ", activeDescriptors()
  ev.trigger()
  echo "pending ", hasPendingOperations()
  ev.close()

main()
