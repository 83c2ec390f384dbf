# S6.4: triggers of four threads, made before the poll, are one call.
# nim: --threads:on
import std/asyncdispatch

proc work(ev: AsyncEvent) {.thread.} =
  for i in 1 .. 100: ev.trigger()

proc main() =
  let ev = newAsyncEvent()
  var calls = 0
  addEvent(ev, proc (fd: AsyncFD): bool =
    inc calls
    false)
  var threads: array[4, Thread[AsyncEvent]]
  for t in threads.mitems: createThread(t, work, ev)
  for t in threads.mitems: joinThread(t)
  poll(0)
  poll(0)
  echo "calls ", calls
  ev.unregister()
  ev.close()

main()
