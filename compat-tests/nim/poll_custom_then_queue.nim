# S2.6, S2.8: the queue runs after timers and events of the same poll
import std/[asyncdispatch, os]

proc main() =
  let ev = newAsyncEvent()
  addTimer(1, true, proc (fd: AsyncFD): bool =
    echo "timer"
    callSoon(proc () = echo "queued by the timer")
    true)
  sleep(20)
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "event"
    callSoon(proc () = echo "queued by the event")
    true)
  ev.trigger()
  callSoon(proc () = echo "queued before")
  poll()
  echo "pending ", hasPendingOperations()

main()
