# S1.23, S1.24, S1.26, S1.27: what timers, signals and events count, before, inside and after
import std/[asyncdispatch, posix]

proc main() =
  addTimer(1, true, proc (fd: AsyncFD): bool =
    echo "one-shot: ", activeDescriptors()
    true)
  echo "counted ", activeDescriptors()
  poll()
  echo "counted ", activeDescriptors()
  var n = 0
  addTimer(1, false, proc (fd: AsyncFD): bool =
    inc n
    echo "repeating: ", activeDescriptors()
    n == 2)
  poll()
  echo "counted ", activeDescriptors()
  poll()
  echo "counted ", activeDescriptors()
  let ev = newAsyncEvent()
  trigger(ev)
  echo "event: ", activeDescriptors(), " pending ", hasPendingOperations()
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "in the event: ", activeDescriptors()
    true)
  echo "added: ", activeDescriptors()
  poll()
  echo "counted ", activeDescriptors()
  addEvent(ev, proc (fd: AsyncFD): bool = true)
  unregister(ev)
  echo "unregistered: ", activeDescriptors()
  addSignal(SIGUSR1, proc (fd: AsyncFD): bool =
    echo "in the signal: ", activeDescriptors()
    true)
  echo "signal: ", activeDescriptors()
  discard kill(getpid(), SIGUSR1)
  poll()
  echo "counted ", activeDescriptors()

main()
