# S7.29: there is one callback: the newest.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  s.callback = proc (s: FutureStream[int]) = echo "first ", s.len
  discard s.write(1)
  s.callback = proc (s: FutureStream[int]) = echo "second ", s.len
  discard s.write(2)
  poll()
  s.complete()

main()
