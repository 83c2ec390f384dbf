# S2.19, S2.22: waitFor inside an async proc blocks it and those under it; the outer one can only return after it
import std/asyncdispatch

proc inner(name: string, ms: int) {.async.} =
  await sleepAsync(ms)
  echo name, " has slept"

proc outer() {.async.} =
  echo "outer begins"
  await sleepAsync(1)
  echo "outer waits"
  waitFor inner("the nested one", 300)
  echo "outer ends"

proc main() =
  let quick = inner("the quick one", 150)
  let f = outer()
  waitFor quick
  echo "quick is over, outer finished ", f.finished
  waitFor f
  echo "pending ", hasPendingOperations()

main()
