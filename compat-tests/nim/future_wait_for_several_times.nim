# S7.8, S2.22: one future can be waited for and read any number of times, failed ones too.
import std/asyncdispatch

proc later(x: int): Future[int] {.async.} =
  await sleepAsync(1)
  if x < 0: raise newException(ValueError, "negative")
  return x

let f = later(4)
echo waitFor(f), " ", waitFor(f), " ", f.read
let g = later(-1)
for i in 1 .. 2:
  try: echo waitFor g
  except ValueError as e: echo "waitFor raised: ", e.msg
