# S6.4: an event removed by true may be added again; a trigger made in between is kept.
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  for i in 1 .. 3:
    let name = "registration " & $i
    addEvent(ev, proc (fd: AsyncFD): bool =
      echo name
      true)
    if i == 1: ev.trigger()
    poll(0)
    echo "counted ", activeDescriptors()
    ev.trigger()
  ev.close()

main()
