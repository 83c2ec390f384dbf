# S7.31: the user's callback is not told of the item that a waiting read took, unless more is left.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  s.callback = proc (s: FutureStream[int]) = echo "callback, len ", s.len
  let r = s.read()
  discard s.write(1)
  echo "served ", r.read[1]
  discard s.write(2)
  let q = s.read()
  echo "took ", q.read[1]
  let t = s.read()
  s.complete()
  echo "end ", not t.read[0]
  s.complete()

main()
