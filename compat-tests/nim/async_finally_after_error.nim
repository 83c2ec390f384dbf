# S8.7: an error passes through finally parts, which may await, before it fails the future.
import std/asyncdispatch

proc inner() {.async.} =
  try:
    await sleepAsync(1)
    raise newException(IOError, "lost")
  finally:
    echo "inner cleans up"
    await sleepAsync(1)
    echo "inner is clean"

proc outer() {.async.} =
  try:
    await inner()
  finally:
    echo "outer cleans up"

let f = outer()
try: waitFor f
except IOError as e: echo "raised ", e.msg
