# S6.2, S1.23: a callback may start the next timer, and the same code may be used again and again.
import std/asyncdispatch

proc main() =
  proc chain(n: int) =
    addTimer(1, true, proc (fd: AsyncFD): bool =
      echo "timer ", n
      if n > 0: chain(n - 1)
      echo "counted ", activeDescriptors()
      true)
  chain(3)
  while hasPendingOperations(): poll()
  echo "end"

main()
