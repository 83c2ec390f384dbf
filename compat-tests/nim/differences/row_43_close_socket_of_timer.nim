# S5.1: closeSocket of a timer's descriptor calls the timer's callback.
import std/asyncdispatch

proc main() =
  var key: AsyncFD
  var calls = 0
  addTimer(2, false, proc (fd: AsyncFD): bool =
    key = fd
    inc calls
    calls == 2)
  poll()
  try:
    key.closeSocket()
    echo "closed"
  except ValueError: echo "refused"
  echo "calls ", calls

main()
