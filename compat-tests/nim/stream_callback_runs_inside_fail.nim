# S7.23, S7.27, S7.28: fail ends the stream with an error and calls the callback at once.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  s.callback = proc (s: FutureStream[int]) = echo "callback, failed ", s.failed, " finished ", s.finished
  s.fail(newException(IOError, "broken"))
  echo "failed: ", s.error.msg
  let w = s.write(1)
  echo "write: ", w.readError.msg
  echo "len ", s.len, ", pending ", hasPendingOperations()

main()
