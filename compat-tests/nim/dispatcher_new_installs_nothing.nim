# S1.5, S1.6, S1.11: a new dispatcher is independent, and nobody's until it is set
import std/[asyncdispatch, posix, deques, heapqueue]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let r = fds[0].AsyncFD
  let global = getGlobalDispatcher()
  let other = newDispatcher()
  register(r)
  callSoon(proc () = echo "called")
  discard sleepAsync(0)
  echo "other: ", r in other, " ", other.callbacks.len, " ", other.timers.len
  echo "global: ", r in global, " ", global.callbacks.len, " ", global.timers.len
  echo "asked again: ", r in getGlobalDispatcher(), " ", getGlobalDispatcher().callbacks.len
  poll()
  echo "global: ", r in global, " ", global.callbacks.len, " ", global.timers.len

main()
