# S7.2, S7.4, S7.11: complete queues the callbacks in order of addition; none of them runs inside it.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  f.addCallback(proc () = echo "first ", f.finished)
  f.addCallback(proc (g: Future[int]) = echo "second ", g.read)
  f.addCallback(proc () = echo "third")
  echo "pending ", f.finished, " ", hasPendingOperations()
  f.complete(7)
  echo "completed ", f.finished, " ", hasPendingOperations()
  poll()
  echo "polled ", hasPendingOperations()

main()
