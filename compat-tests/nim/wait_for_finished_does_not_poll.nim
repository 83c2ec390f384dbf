# S2.22: waitFor of a finished future does not poll
import std/asyncdispatch

proc main() =
  let f = newFuture[int]("f")
  callSoon(proc () = echo "queue")
  f.complete(7)
  echo waitFor f
  let g = newFuture[void]("g")
  g.fail(newException(ValueError, "failed"))
  try: waitFor g
  except ValueError as e: echo "raised: ", e.msg
  echo "pending ", hasPendingOperations()
  poll()

main()
