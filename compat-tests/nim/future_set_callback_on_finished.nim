# S7.12: on a finished future `callback=` only queues; callbacks queued earlier still run.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  f.addCallback(proc () = echo "queued by complete")
  f.complete()
  f.callback = proc () = echo "set afterwards"
  f.callback = proc () = echo "set again"
  echo "set"
  poll()

main()
