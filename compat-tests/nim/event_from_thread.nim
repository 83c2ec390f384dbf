# S6.4: another thread's trigger ends the wait of poll.
# nim: --threads:on
import std/[asyncdispatch, os]

proc work(ev: AsyncEvent) {.thread.} =
  sleep(30)
  echo "thread triggers"
  ev.trigger()

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls
    calls == 3)
  for i in 1 .. 3:
    var thread: Thread[AsyncEvent]
    createThread(thread, work, ev)
    poll(-1)
    joinThread(thread)
  echo "counted ", activeDescriptors()
  ev.close()

main()
