# S7.29: set while there is data, or after the end, the callback is called once more, from the queue.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  discard s.write(1)
  discard s.write(2)
  s.callback = proc (s: FutureStream[int]) = echo "data, len ", s.len
  echo "set with data"
  discard s.write(3)
  poll()
  let t = newFutureStream[int]("t")
  t.complete()
  t.callback = proc (t: FutureStream[int]) = echo "end, finished ", t.finished
  echo "set after the end"
  poll()
  let u = newFutureStream[int]("u")
  u.callback = proc (u: FutureStream[int]) = echo "not called"
  echo "pending ", hasPendingOperations()

main()
