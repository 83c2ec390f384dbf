# S6.5: two signals are watched apart; each has its callback and its end.
import std/[asyncdispatch, posix]

proc main() =
  proc watch(name: string, signal: cint) =
    addSignal(signal, proc (fd: AsyncFD): bool =
      echo name
      true)
  watch("USR1", SIGUSR1)
  watch("TERM", SIGTERM)
  echo "counted ", activeDescriptors()
  discard kill(getpid(), SIGTERM)
  poll()
  echo "counted ", activeDescriptors()
  discard kill(getpid(), SIGUSR1)
  poll()
  echo "counted ", activeDescriptors()

main()
