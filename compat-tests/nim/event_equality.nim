# S6.4: an event equals itself and its copies, no other; a copy triggers the same event.
import std/asyncdispatch

proc main() =
  let a = newAsyncEvent()
  let b = newAsyncEvent()
  let c = a
  echo a == a, " ", a == b, " ", a == c
  addEvent(a, proc (fd: AsyncFD): bool =
    echo "called"
    true)
  b.trigger()
  poll(0)
  echo "b is another"
  c.trigger()
  poll(0)
  a.close()
  b.close()

main()
