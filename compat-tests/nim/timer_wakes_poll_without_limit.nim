# S6.2, S2.11: an addTimer timer ends the wait of poll(-1).
import std/asyncdispatch

proc main() =
  var fired = false
  addTimer(200, true, proc (fd: AsyncFD): bool =
    fired = true
    true)
  poll(0)
  echo fired
  poll(-1)
  echo fired

main()
