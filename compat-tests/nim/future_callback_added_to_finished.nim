# S7.11: a callback added to a finished future is queued, not called by addCallback.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[string]("f")
  f.complete("done")
  f.addCallback(proc (g: Future[string]) = echo "one ", g.read)
  echo "added one"
  callSoon(proc () = echo "soon")
  f.addCallback(proc () = echo "two")
  echo "added two"
  poll()
  f.addCallback(proc () = echo "three")
  echo "added three"
  poll()

main()
