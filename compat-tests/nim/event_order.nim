# S6.4, S2.5: several events triggered before one poll are served in the order of their triggers.
import std/asyncdispatch

proc main() =
  var events: seq[AsyncEvent]
  proc add(name: int) =
    let ev = newAsyncEvent()
    events.add ev
    addEvent(ev, proc (fd: AsyncFD): bool =
      echo "event ", name
      true)
  for i in 0 .. 4: add i
  for i in [3, 0, 4, 1, 2]: events[i].trigger()
  poll()
  echo "counted ", activeDescriptors()
  for ev in events: ev.close()

main()
