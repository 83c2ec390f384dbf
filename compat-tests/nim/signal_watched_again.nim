# S6.5: after a watch has ended the signal may be watched again.
import std/[asyncdispatch, posix]

proc main() =
  proc watch(n: int) =
    addSignal(SIGUSR1, proc (fd: AsyncFD): bool =
      echo "watch ", n
      true)
    discard kill(getpid(), SIGUSR1)
    poll()
  for i in 1 .. 3: watch i
  echo "counted ", activeDescriptors()

main()
