# S2.3, S2.7, S2.8: a due timer's future is finished before the queue runs; its callbacks come behind what was queued before
import std/asyncdispatch

proc main() =
  let f = sleepAsync(0)
  f.addCallback(proc () = echo "timer callback")
  callSoon(proc () = echo "queued before poll, timer finished: ", f.finished)
  echo "before poll: ", f.finished
  poll()
  echo "after poll: ", f.finished

main()
