# S2.16, S2.13: the callback is lost and still counted; the next trigger takes the registration away
import std/asyncdispatch

proc main() =
  let ev = newAsyncEvent()
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "called"
    raise newException(ValueError, "from the event"))
  trigger(ev)
  try: poll()
  except ValueError as e: echo "poll raised: ", e.msg
  echo "counted ", activeDescriptors()
  trigger(ev)
  poll(0)
  echo "counted ", activeDescriptors()

main()
