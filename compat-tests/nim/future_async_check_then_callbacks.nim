# S7.15, S2.14: callbacks added after asyncCheck run in the poll that follows the one which raised.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  asyncCheck f
  f.addCallback(proc () = echo "added after asyncCheck, failed=", f.failed)
  f.fail(newException(IOError, "lost"))
  try:
    poll()
    echo "not here"
  except IOError as e:
    echo "poll raised: ", e.msg
  echo "pending ", hasPendingOperations()
  poll()

main()
