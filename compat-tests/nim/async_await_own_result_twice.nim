# S8.2: one future awaited twice gives its value twice; the second time without waiting.
import std/asyncdispatch

proc later(): Future[string] {.async.} =
  echo "later starts"
  await sleepAsync(1)
  echo "later ends"
  return "value"

proc run() {.async.} =
  let f = later()
  echo "first ", await f
  callSoon(proc () = echo "soon")
  echo "second ", await f

waitFor run()
