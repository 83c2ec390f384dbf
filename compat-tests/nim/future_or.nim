# S7.17: the first callback to run decides `or`; a failure afterwards is silent.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let a = newFuture[int]("a")
  let b = newFuture[string]("b")
  let either = a or b
  either.addCallback(proc () = echo "either: failed=", either.failed)
  b.complete("x")
  echo "inside the call: ", either.finished
  poll()
  a.fail(newException(ValueError, "too late"))
  poll()
  echo "still: failed=", either.failed
  let c = newFuture[void]("c")
  let d = newFuture[void]("d")
  let second = c or d
  d.fail(newException(ValueError, "d first"))
  c.complete()
  poll()
  echo "second: ", second.readError.msg
  let e = c or d
  echo "of finished ones: ", e.finished
  poll()
  echo "polled: finished=", e.finished, " failed=", e.failed

main()
