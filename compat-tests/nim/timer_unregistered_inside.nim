# S6.1: a timer may unregister itself in its callback; what the callback answers is then without effect.
import std/asyncdispatch

proc main() =
  for answer in [false, true]:
    addTimer(2, false, proc (fd: AsyncFD): bool =
      unregister(fd)
      echo "fires, counted ", activeDescriptors()
      answer)
    poll()
    echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()

main()
