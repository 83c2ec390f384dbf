# S6.4: several triggers before the event is served are one call.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls
    false)
  for i in 1 .. 5: ev.trigger()
  poll(0)
  echo "polled"
  poll(0)
  echo "polled, calls ", calls
  ev.trigger()
  poll(0)
  ev.unregister()
  ev.close()

main()
