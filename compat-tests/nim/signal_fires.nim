# S6.5, S1.24: a watched signal is delivered in poll; false keeps the watch, true ends it.
import std/[asyncdispatch, posix]

proc main() =
  var calls = 0
  addSignal(SIGUSR1, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls, ", counted ", activeDescriptors()
    calls == 2)
  echo "counted ", activeDescriptors()
  discard kill(getpid(), SIGUSR1)
  echo "raised"
  poll()
  discard kill(getpid(), SIGUSR1)
  poll()
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()

main()
