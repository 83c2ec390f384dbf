# S1.30, S1.12: a sleep counts until its deadline is processed, though nobody holds its future
import std/[asyncdispatch, heapqueue]

proc main() =
  discard sleepAsync(5)
  discard sleepAsync(5)
  let d = getGlobalDispatcher()
  echo "timers ", d.timers.len, " descriptors ", activeDescriptors(), " pending ", hasPendingOperations()
  while d.timers.len > 0: poll()
  echo "timers ", d.timers.len, " pending ", hasPendingOperations()

main()
