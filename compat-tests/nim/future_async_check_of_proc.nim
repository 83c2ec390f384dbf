# S7.15, S8.1, S2.13: a checked proc's failure comes out of whatever turns the loop: poll, waitFor, drain.
import std/asyncdispatch

proc failing(name: string) {.async.} =
  await sleepAsync(1)
  raise newException(ValueError, name)

asyncCheck failing("first")
try: waitFor newFuture[void]("never")
except ValueError as e: echo "waitFor raised: ", e.msg
asyncCheck failing("second")
try: drain(1000)
except ValueError as e: echo "drain raised: ", e.msg
echo "pending ", hasPendingOperations()
