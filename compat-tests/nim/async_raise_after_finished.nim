# S8.9: a proc whose future somebody else has finished raises: out of poll
import std/asyncdispatch

proc main() =
  proc work() {.async.} =
    await sleepAsync(1)
    raise newException(ValueError, "too late")

  let failed = work()
  let finished = work()
  failed.fail(newException(IOError, "by hand"))
  finished.complete()
  for i in 1 .. 2:
    try:
      while hasPendingOperations(): poll()
      echo "quiet"
    except ValueError as e: echo "poll raised: ", e.msg
  echo "failed: ", failed.readError.msg
  echo "finished ", finished.finished, " failed ", finished.failed
  echo "pending ", hasPendingOperations()

main()
