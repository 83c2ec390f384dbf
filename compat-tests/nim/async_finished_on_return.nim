# S8.1, S8.2: awaiting finished futures takes no trip to the loop; such a proc is finished on return.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc one(): Future[int] {.async.} =
    return 1

  proc sum(): Future[int] {.async.} =
    let ready = newFuture[int]("ready")
    ready.complete(40)
    result = await ready
    for i in 1 .. 10:
      result += await one()

  let f = sum()
  echo f.finished, " ", f.read
  echo "pending ", hasPendingOperations()

main()
