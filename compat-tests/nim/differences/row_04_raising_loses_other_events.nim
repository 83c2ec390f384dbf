# S2.5, S2.15, S2.16: an event's callback raises: other events of that poll have been read already, and are lost
import std/asyncdispatch

proc main() =
  let bad = newAsyncEvent()
  let good = newAsyncEvent()
  addEvent(bad, proc (fd: AsyncFD): bool =
    callSoon(proc () = echo "queued by the bad one")
    raise newException(ValueError, "bad"))
  addEvent(good, proc (fd: AsyncFD): bool =
    echo "good one"
    true)
  bad.trigger()
  good.trigger()
  for i in 1 .. 2:
    try:
      poll(0)
      echo "polled"
    except ValueError as e: echo "raised: ", e.msg

main()
