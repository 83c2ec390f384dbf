# S6.1, S6.5: a signal's callback may unregister its own watch; its answer is then without effect.
import std/[asyncdispatch, posix]

proc main() =
  for answer in [true, false]:
    addSignal(SIGUSR2, proc (fd: AsyncFD): bool =
      unregister(fd)
      echo "called, counted ", activeDescriptors()
      answer)
    discard kill(getpid(), SIGUSR2)
    poll()
    echo "counted ", activeDescriptors()

main()
