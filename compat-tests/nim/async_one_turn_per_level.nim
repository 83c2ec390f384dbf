# S8.3: each level of awaiting procs takes its own place in the queue; others come in between; all in one poll.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  proc level1() {.async.} =
    await f
    echo "level 1"

  proc level2() {.async.} =
    await level1()
    echo "level 2"

  proc level3() {.async.} =
    await level2()
    echo "level 3"

  var ticks = 0
  proc tick() {.gcsafe.} =
    inc ticks
    echo "tick ", ticks
    if ticks < 4: callSoon(tick)

  let done = level3()
  done.addCallback(proc () = echo "level 3 has ended")
  f.complete()
  callSoon(tick)
  poll()
  echo done.finished

main()
