# S2.13, S2.17, S6.2: what a one-shot timer's callback raises leaves through poll; the timer is gone.
import std/asyncdispatch

proc main() =
  addTimer(2, true, proc (fd: AsyncFD): bool =
    raise newException(ValueError, "from the timer"))
  try:
    poll()
    echo "polled"
  except ValueError as e:
    echo "poll raised: ", e.msg
  echo "counted ", activeDescriptors()

main()
