# S8.8: a proc whose future nobody holds runs to its end.
import std/asyncdispatch

proc background(n: int) {.async.} =
  for i in 1 .. n:
    await sleepAsync(2)
    echo "background ", i

proc start() =
  discard background(3)
  echo "started"

start()
drain(1000)
echo "pending ", hasPendingOperations()
