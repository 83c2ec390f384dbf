# S1.11, S1.27, S1.10: timers and events have a key that is known until they are unregistered
import std/[asyncdispatch, posix]

proc main() =
  let d = getGlobalDispatcher()
  var key: AsyncFD
  addTimer(1, true, proc (fd: AsyncFD): bool =
    key = fd
    echo "in the timer: ", fd in d, " counted ", activeDescriptors()
    true)
  poll()
  echo "fired: ", key in d, " counted ", activeDescriptors()
  let ev = newAsyncEvent()
  addEvent(ev, proc (fd: AsyncFD): bool =
    key = fd
    echo "in the event: ", fd in d, " counted ", activeDescriptors()
    true)
  trigger(ev)
  poll()
  echo "answered true: ", key in d, " counted ", activeDescriptors()

main()
