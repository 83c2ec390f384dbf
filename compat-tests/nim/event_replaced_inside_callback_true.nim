# S6.4: unregister and addEvent inside a callback that answers true: only the new one is left.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "old"
    ev.unregister()
    addEvent(ev, proc (fd: AsyncFD): bool =
      echo "new"
      true)
    true)
  for i in 1 .. 2:
    ev.trigger()
    poll()
    echo "counted ", activeDescriptors()
  ev.close()

main()
