# S6.1, S6.2: two repeating timers that end one after the other.
import std/asyncdispatch

proc main() =
  proc add(name: string, ms, times: int) =
    var left = times
    addTimer(ms, false, proc (fd: AsyncFD): bool =
      dec left
      if left == 0: echo name, " ends, counted ", activeDescriptors()
      left == 0)
  add("fast", 2, 3)
  add("slow", 300, 1)
  while hasPendingOperations(): poll()
  echo "counted ", activeDescriptors()

main()
