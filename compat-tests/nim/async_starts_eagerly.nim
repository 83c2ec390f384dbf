# S8.1: the body runs inside the call up to its first unfinished await.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let gate = newFuture[void]("gate")
  proc worker(name: string) {.async.} =
    echo name, " starts"
    await gate
    echo name, " goes on"

  echo "before the calls"
  let a = worker("a")
  let b = worker("b")
  echo "after the calls ", a.finished, " ", b.finished
  gate.complete()
  echo "gate open"
  poll()
  echo "polled ", a.finished, " ", b.finished

main()
