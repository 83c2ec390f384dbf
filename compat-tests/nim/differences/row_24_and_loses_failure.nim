# S7.16: a failure that comes in the same turn as the other's success is lost by `and`.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let a = newFuture[void]("a")
  let b = newFuture[void]("b")
  let both = a and b
  a.complete()
  b.fail(newException(ValueError, "b failed"))
  poll()
  echo "failed ", both.failed

main()
