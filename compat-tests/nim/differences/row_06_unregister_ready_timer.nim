# S6.1: a timer is unregistered by another one that is served before it in the same poll.
import std/[asyncdispatch, os]

proc main() =
  var keys: array[2, AsyncFD]
  var rounds: array[2, int]
  proc add(i: int) =
    addTimer(200, false, proc (fd: AsyncFD): bool =
      keys[i] = fd
      inc rounds[i]
      if rounds[i] == 2:
        unregister(keys[1 - i])
        echo "one unregisters the other"
      false)
  add 0
  add 1
  while rounds[0] == 0 or rounds[1] == 0: poll()
  sleep(250)
  try:
    poll(0)
    echo "polled"
  except IndexDefect: echo "poll raised a defect"
  echo "counted ", activeDescriptors()

main()
