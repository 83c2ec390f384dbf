# S7.12: `callback=` forgets the callbacks that are there; those added later join it.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  f.addCallback(proc () = echo "forgotten 1")
  f.addCallback(proc () = echo "forgotten 2")
  f.callback = proc () = echo "forgotten 3"
  f.callback = proc () = echo "kept"
  f.addCallback(proc () = echo "added")
  f.complete()
  poll()
  let g = newFuture[int]("g")
  g.callback = proc (x: Future[int]) = echo "value ", x.read
  g.complete(5)
  poll()

main()
