# S6.4: a trigger made inside the callback is served in the next poll.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls
    if calls < 3: ev.trigger()
    calls == 3)
  ev.trigger()
  while hasPendingOperations():
    poll()
    echo "polled"
  ev.close()

main()
