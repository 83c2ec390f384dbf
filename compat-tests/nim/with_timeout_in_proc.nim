# S7.19, S8.2: withTimeout awaited in a proc, around a proc that answers once in time and once too late.
import std/asyncdispatch

proc answer(gate: Future[void]): Future[string] {.async.} =
  await gate
  return "answer"

proc ask(gate: Future[void], ms: int) {.async.} =
  let f = answer(gate)
  if await f.withTimeout(ms):
    echo "got ", f.read
  else:
    echo "timeout, finished ", f.finished
    gate.complete()
    echo "then ", await f

waitFor ask(sleepAsync(1), 5000)
waitFor ask(newFuture[void]("gate"), 5)
