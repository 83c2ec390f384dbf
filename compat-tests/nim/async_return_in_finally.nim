# S8.7: `return` inside try runs the finally part first and finishes the future then (only-2.2: written by hand).
import std/asyncdispatch

proc work(): Future[int] {.async.} =
  try:
    echo "returns"
    return 1
  finally:
    echo "finally begins"
    await sleepAsync(1)
    echo "finally ends"

proc caller() {.async.} =
  let x = await work()
  echo "caller got ", x

waitFor caller()
drain(50)
