# S6.4, S2.5: an event that was served in the last poll comes before one that was not, whichever was triggered first
import std/asyncdispatch

proc main() =
  let served = newAsyncEvent()
  let other = newAsyncEvent()
  var calls = 0
  addEvent(served, proc (fd: AsyncFD): bool =
    inc calls
    echo "served, call ", calls
    if calls == 1:
      other.trigger()
      served.trigger()
    calls == 3)
  addEvent(other, proc (fd: AsyncFD): bool =
    echo "other"
    true)
  served.trigger()
  for _ in 1 .. 3:
    poll(0)
    echo "polled, counted ", activeDescriptors()
  unregister(served)
  for ev in [served, other]: ev.close()

main()
