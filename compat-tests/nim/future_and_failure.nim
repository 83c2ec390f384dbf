# S7.16: the first input seen failed fails `and`; what comes later changes nothing.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let a = newFuture[void]("a")
  let b = newFuture[void]("b")
  let both = a and b
  both.addCallback(proc () = echo "both: ", both.failed)
  b.fail(newException(ValueError, "b failed"))
  echo "inside the call: ", both.finished
  poll()
  echo "error: ", both.readError.msg
  a.complete()
  poll()
  echo "still: ", both.readError.msg
  let c = newFuture[void]("c")
  let one = b and c
  poll()
  echo "one failed already: ", one.readError.msg
  echo "pending ", hasPendingOperations()

main()
