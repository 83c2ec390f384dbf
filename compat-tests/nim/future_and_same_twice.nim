# S7.16: one future may stand on both sides of `and`.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  let both = f and f
  f.complete(1)
  echo "completed: ", both.finished
  poll()
  echo "polled: ", both.finished, " ", both.failed
  let g = newFuture[int]("g")
  let bad = g and g
  g.fail(newException(ValueError, "once"))
  poll()
  echo "failed: ", bad.readError.msg

main()
