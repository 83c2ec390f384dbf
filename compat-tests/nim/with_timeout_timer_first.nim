# S7.19: the time is up first: false; the future goes on, and fails silently later.
import std/asyncdispatch

proc work(gate: Future[void], fails: bool): Future[int] {.async.} =
  await gate
  echo "work ends"
  if fails: raise newException(ValueError, "too late")
  return 5

proc main() =
  for fails in [false, true]:
    let gate = newFuture[void]("gate")
    let f = work(gate, fails)
    let t = f.withTimeout(5)
    echo "in time ", waitFor t
    echo "finished ", f.finished
    gate.complete()
    poll()
    echo "finished ", f.finished, " failed ", f.failed, ", in time ", t.read
  echo "pending ", hasPendingOperations()

main()
