# S6.4: adding an added event, and unregistering one that is not, are errors that change nothing.
import std/[asyncdispatch, strutils]

proc main() =
  let ev = newAsyncEvent()
  try: ev.unregister()
  except AssertionDefect as e: echo e.msg.rsplit("` ", 1)[^1]
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "the first"
    true)
  try:
    addEvent(ev, proc (fd: AsyncFD): bool =
      echo "the second"
      true)
  except AssertionDefect as e: echo e.msg.rsplit("` ", 1)[^1]
  ev.trigger()
  poll()
  try: ev.unregister()
  except AssertionDefect as e: echo e.msg.rsplit("` ", 1)[^1]
  echo "counted ", activeDescriptors()
  ev.close()

main()
