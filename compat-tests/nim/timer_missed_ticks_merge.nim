# S6.2: ticks missed while the thread was busy merge into one call; the period goes on from the start.
import std/[asyncdispatch, os]

proc main() =
  var calls = 0
  addTimer(100, false, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls
    false)
  sleep(350)
  poll(0)
  echo "after 350 ms: ", calls
  poll(0)
  echo "at once again: ", calls
  sleep(100)
  poll(0)
  echo "after 450 ms: ", calls

main()
