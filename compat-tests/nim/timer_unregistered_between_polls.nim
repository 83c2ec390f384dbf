# S6.1, S1.10: a timer unregistered by the descriptor that its callback received does not fire again.
import std/asyncdispatch

proc main() =
  var key: AsyncFD
  addTimer(2, false, proc (fd: AsyncFD): bool =
    echo "fires"
    key = fd
    false)
  poll()
  echo "counted ", activeDescriptors(), " known ", key in getGlobalDispatcher()
  unregister(key)
  echo "counted ", activeDescriptors(), " known ", key in getGlobalDispatcher()
  waitFor sleepAsync(20)
  echo "end"

main()
