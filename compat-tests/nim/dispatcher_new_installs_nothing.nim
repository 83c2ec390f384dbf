# S1.5, S1.6: a new dispatcher is independent, and nobody's until it is set
import std/[asyncdispatch, deques, heapqueue]

proc main() =
  let global = getGlobalDispatcher()
  let other = newDispatcher()
  echo "the global one is another: ", global != other
  echo "asked again it is the same: ", global == getGlobalDispatcher()
  callSoon(proc () = echo "called")
  discard sleepAsync(0)
  echo "other: ", other.callbacks.len, " ", other.timers.len
  echo "global: ", global.callbacks.len, " ", global.timers.len
  poll()
  echo "global: ", global.callbacks.len, " ", global.timers.len

main()
