# S2.13, S2.14: what an entry of the queue raises leaves through poll; it is consumed, the rest runs in the next poll
import std/asyncdispatch

proc main() =
  callSoon(proc () = echo "first")
  callSoon(proc () = raise newException(IOError, "from the second"))
  callSoon(proc () = echo "third")
  callSoon(proc () = raise newException(ValueError, "from the fourth"))
  callSoon(proc () = echo "fifth")
  while hasPendingOperations():
    try:
      poll()
      echo "polled"
    except CatchableError as e:
      echo "poll raised: ", e.msg

main()
