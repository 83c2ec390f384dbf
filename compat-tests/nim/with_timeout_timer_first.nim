# S7.19: the time is up first: false; the future goes on, and fails silently later.
import std/asyncdispatch

proc work(fails: bool): Future[int] {.async.} =
  await sleepAsync(60)
  echo "work ends"
  if fails: raise newException(ValueError, "too late")
  return 5

let f = work(false)
echo waitFor f.withTimeout(5)
echo "finished: ", f.finished
echo waitFor f
let g = work(true)
echo waitFor g.withTimeout(5)
drain(1000)
echo "g failed: ", g.failed
