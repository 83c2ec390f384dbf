# S7.29: each callback that was set while there was data is called once from the queue, the replaced one too.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  discard s.write(1)
  s.callback = proc (s: FutureStream[int]) = echo "first, len ", s.len
  s.callback = proc (s: FutureStream[int]) = echo "second, len ", s.len
  discard s.write(2)
  echo "written"
  poll()
  discard s.read()
  echo "read, pending ", hasPendingOperations()

main()
