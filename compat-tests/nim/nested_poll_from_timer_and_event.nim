# S2.19, S6.4: a nested poll inside the callbacks of a timer and of an event that do not fire meanwhile
import std/asyncdispatch

proc main() =
  addTimer(1, true, proc (fd: AsyncFD): bool =
    echo "timer begins"
    callSoon(proc () = echo "queued by the timer")
    poll(0)
    echo "timer ends"
    true)
  poll()
  echo "counted ", activeDescriptors()
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    echo "event begins"
    callSoon(proc () = echo "queued by the event")
    poll(0)
    echo "event ends"
    calls == 2)
  for i in 1 .. 2:
    trigger(ev)
    poll()
    echo "counted ", activeDescriptors()

main()
