# S6.2: ticks missed while the thread was busy merge into one call; the period goes on from the start.
import std/[asyncdispatch, os]

proc main() =
  var calls = 0
  addTimer(400, false, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls
    false)
  sleep(1000)
  poll(0)
  echo "after 1000 ms: ", calls
  poll(0)
  echo "at once again: ", calls
  poll()
  echo "at the next tick: ", calls

main()
