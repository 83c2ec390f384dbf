# S6.2, S2.11: an addTimer timer ends the wait of poll(-1).
import std/asyncdispatch

proc main() =
  var fired = 0
  addTimer(20, false, proc (fd: AsyncFD): bool =
    inc fired
    fired == 3)
  for i in 1 .. 3:
    poll(-1)
    echo fired
  echo "counted ", activeDescriptors()

main()
