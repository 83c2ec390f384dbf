# S7.15: asyncCheck says nothing of a success; a failure comes out of poll, in the queue phase.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let a = newFuture[void]("a")
  asyncCheck a
  a.complete()
  callSoon(proc () = echo "soon")
  poll()
  echo "a is quiet"
  let b = newFuture[void]("b")
  asyncCheck b
  callSoon(proc () = echo "before b")
  b.fail(newException(ValueError, "b failed"))
  echo "failing raises nothing"
  callSoon(proc () = echo "after b")
  try: poll()
  except ValueError as e: echo "poll raised: ", e.msg
  poll()
  let c = newFuture[void]("c")
  c.fail(newException(ValueError, "c failed"))
  asyncCheck c
  echo "checking a failed one raises nothing"
  try: poll()
  except ValueError as e: echo "poll raised: ", e.msg
  echo "pending ", hasPendingOperations()

main()
