# S7.14, S2.13, S2.14: what a callback raises leaves through poll; the callbacks after it run in the next poll.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  f.addCallback(proc () = echo "one")
  f.addCallback(proc () =
    echo "two raises"
    raise newException(ValueError, "from two"))
  f.addCallback(proc () = echo "three")
  f.addCallback(proc () = raise newException(IOError, "from four"))
  f.addCallback(proc () = echo "five")
  f.complete()
  while hasPendingOperations():
    try:
      poll()
      echo "polled"
    except CatchableError as e:
      echo "poll raised: ", e.msg

main()
