# S6.4, S8.2: an event that completes a future, awaited by a proc, as often as it is triggered.
import std/asyncdispatch

proc main() =
  proc next(ev: AsyncEvent): Future[void] =
    let f = newFuture[void]("next")
    addEvent(ev, proc (fd: AsyncFD): bool =
      f.complete()
      true)
    return f

  proc watch(ev: AsyncEvent) {.async.} =
    for i in 1 .. 3:
      await ev.next()
      echo "event ", i
      if i < 3: ev.trigger()

  let ev = newAsyncEvent()
  let done = watch(ev)
  echo "waiting, counted ", activeDescriptors()
  ev.trigger()
  waitFor done
  echo "counted ", activeDescriptors()
  ev.close()

main()
