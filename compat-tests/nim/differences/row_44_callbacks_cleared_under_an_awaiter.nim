# S7.12, S7.13: `callback=` and clearCallbacks make a proc hang that awaits the future.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  let g = newFuture[int]("g")
  proc waiter(name: string, f: Future[int]) {.async.} =
    echo name, " got ", await f

  let a = waiter("a", f)
  let b = waiter("b", g)
  f.callback = proc () = echo "callback"
  g.clearCallbacks()
  f.complete(1)
  g.complete(2)
  if hasPendingOperations(): poll()
  echo "a ", a.finished, " b ", b.finished

main()
