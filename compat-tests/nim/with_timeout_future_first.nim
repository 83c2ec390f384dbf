# S7.19: the future finishes first: true, in the queue phase; or failed with its error.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  let w = f.withTimeout(1000)
  w.addCallback(proc () = echo "f in time: ", w.read)
  echo "on return: ", w.finished
  f.complete(1)
  echo "inside complete: ", w.finished
  poll()
  let g = newFuture[int]("g")
  let v = withTimeout(g, 1000)
  g.fail(newException(ValueError, "g failed"))
  poll()
  echo "g: ", v.readError.msg

main()
