# S1.2, S1.3, S1.4, S1.12: timers, queue and selector are counted apart; one of them is enough to be pending
import std/[asyncdispatch, posix, deques, heapqueue]

proc show(what: string) =
  let d = getGlobalDispatcher()
  echo what, ": timers ", d.timers.len, " queue ", d.callbacks.len,
    " descriptors ", activeDescriptors(), " pending ", hasPendingOperations()

proc main() =
  show "fresh"
  let f = sleepAsync(0)
  show "timer"
  poll()
  show "polled"
  callSoon(proc () = show "in the queue")
  show "queued"
  poll()
  show "polled"
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[0].AsyncFD)
  show "registered"
  addRead(fds[0].AsyncFD, proc (fd: AsyncFD): bool = true)
  show "watched"
  doAssert write(fds[1], "x".cstring, 1) == 1
  poll()
  show "polled"
  echo "timer's future: ", f.finished

main()
