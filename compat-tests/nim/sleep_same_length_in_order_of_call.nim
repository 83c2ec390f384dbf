# S6.3: sleeps of the same length end in the order in which they were asked for.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc add(name: int) =
    sleepAsync(5).addCallback(proc () = echo name)

  for i in 1 .. 8: add i
  while hasPendingOperations(): poll()

main()
