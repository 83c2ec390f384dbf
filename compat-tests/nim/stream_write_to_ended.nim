# S7.25: writing to an ended stream raises nothing, calls no callback, and gives a failed future.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  s.complete()
  s.callback = proc (s: FutureStream[int]) = echo "callback"
  poll()
  let w = s.write(1)
  echo "finished ", w.finished, " failed ", w.failed, " len ", s.len
  try: waitFor w
  except ValueError as e: echo e.msg

main()
