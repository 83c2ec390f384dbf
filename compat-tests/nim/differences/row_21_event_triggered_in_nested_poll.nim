# S2.19, S6.4: an event triggered and polled for inside its own callback loses its registration, though the callback answers false.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    if calls == 1:
      ev.trigger()
      poll(0)
    false)
  ev.trigger()
  poll(0)
  echo "calls ", calls, " counted ", activeDescriptors()
  ev.trigger()
  if hasPendingOperations(): poll(0)
  echo "registration lost: ", calls == 1

main()
