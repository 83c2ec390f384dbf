# S7.19, S8.2: withTimeout awaited in a proc, around a proc that answers once in time and once too late.
import std/asyncdispatch

proc answer(ms: int): Future[string] {.async.} =
  await sleepAsync(ms)
  return "answer"

proc ask(ms: int) {.async.} =
  let f = answer(ms)
  if await f.withTimeout(100):
    echo "got ", f.read
  else:
    echo "timeout, finished: ", f.finished
    echo "then ", await f

waitFor ask(1)
waitFor ask(150)
