# S6.4: the same with false: the old one stays in front, and the new one is called when the old one answers true.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    echo "old, call ", calls
    if calls == 1:
      ev.unregister()
      addEvent(ev, proc (fd: AsyncFD): bool =
        echo "new"
        true)
    calls == 3)
  while hasPendingOperations() or calls == 0:
    ev.trigger()
    poll()
    echo "counted ", activeDescriptors()
  ev.close()

main()
