# S8.7: what a finally part raises after `return` fails the future (only-2.2: written by hand).
import std/asyncdispatch

proc work(): Future[int] {.async.} =
  try:
    return 1
  finally:
    await sleepAsync(1)
    echo "finally raises"
    raise newException(ValueError, "from finally")

let f = work()
echo "finished ", f.finished
try: echo waitFor f
except ValueError as e: echo "raised ", e.msg
