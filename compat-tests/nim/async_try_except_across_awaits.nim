# S8.7: except and finally parts work around and across awaits.
import std/asyncdispatch

proc failing(ms: int) {.async.} =
  await sleepAsync(ms)
  raise newException(ValueError, "after " & $ms)

proc run(): Future[string] {.async.} =
  for ms in [0, 1]:
    try:
      echo "try ", ms
      await failing(ms)
      echo "not here"
    except ValueError as e:
      echo "caught ", e.msg
      await sleepAsync(1)
      echo "except ends"
    finally:
      await sleepAsync(1)
      echo "finally ends"
  return "end"

echo waitFor run()
