# S6.2: timers fire in order of their times, not of their making.
import std/asyncdispatch

proc main() =
  proc add(ms: int) =
    addTimer(ms, true, proc (fd: AsyncFD): bool =
      echo ms
      true)
  for ms in [300, 100, 200]: add ms
  while hasPendingOperations(): poll()

main()
