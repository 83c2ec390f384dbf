# S1.30, S6.3: a sleep is one entry of the dispatcher's timers until its deadline, though nobody holds it.
import std/[asyncdispatch, heapqueue]

proc main() =
  let d = getGlobalDispatcher()
  proc show() = echo "timers ", d.timers.len, " descriptors ", activeDescriptors(), " pending ", hasPendingOperations()
  show()
  discard sleepAsync(300)
  discard sleepAsync(1)
  show()
  poll()
  show()
  poll()
  show()

main()
