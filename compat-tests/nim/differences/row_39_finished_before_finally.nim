# S8.7: Nim 1.6 finishes the future before the finally part of a `return` has run.
import std/asyncdispatch

proc work(): Future[int] {.async.} =
  try:
    return 1
  finally:
    await sleepAsync(1)
    echo "finally ends"

proc caller() {.async.} =
  echo "caller got ", await work()

waitFor caller()
drain(50)
