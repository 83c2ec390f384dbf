# S7.23, S7.26: complete calls the callback at once, and again when it is repeated.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[string]("s")
  s.callback = proc (s: FutureStream[string]) = echo "callback, finished ", s.finished, " len ", s.len
  discard s.write("last")
  s.complete()
  echo "completed"
  s.complete()
  echo "completed again"
  echo "pending ", hasPendingOperations()

main()
