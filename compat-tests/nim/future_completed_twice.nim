# S7.7: completing a future twice is a defect that changes nothing (in Nim: in debug builds, as this one is).
# nim: -u:release
import std/[asyncdispatch, strutils]

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("maker")
  f.addCallback(proc () = echo "callback ", f.read)
  f.complete(1)
  try: f.complete(2)
  except FutureError as e:
    echo e.msg.startsWith("An attempt was made to complete a Future more than once. Details:"), " ", "maker" in e.msg
  try: f.fail(newException(ValueError, "late"))
  except FutureError as e:
    echo e.msg.startsWith("An attempt was made to complete a Future more than once. Details:"), " ", "maker" in e.msg
  echo f.failed, " ", f.read
  poll()
  echo "pending ", hasPendingOperations()

main()
