# S7.20: clean keeps the callbacks that wait; a completion after it queues those added since.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let v = newFutureVar[int]("v")
  Future[int](v).addCallback(proc () = echo "first ", v.read)
  v.clean()
  v.complete(1)
  poll()
  v.clean()
  Future[int](v).addCallback(proc () = echo "second ", v.read)
  v.complete(2)
  poll()
  v.clean()
  v.mget() = 3
  v.complete()
  echo "pending ", hasPendingOperations()
  echo "last ", v.read

main()
