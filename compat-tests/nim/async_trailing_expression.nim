# S8.7: the last expression is the result (only-2.2: written by hand; 1.6 does not compile it).
import std/asyncdispatch

proc twice(x: int): Future[int] {.async.} =
  await sleepAsync(1)
  x * 2

echo waitFor twice(21)
