# S7.2: before the thread has a dispatcher callbacks run inside complete and addCallback.
import std/asyncdispatch

proc main() =
  let f = newFuture[void]("f")
  f.addCallback(proc () = echo "callback")
  f.complete()
  echo "completed"
  f.addCallback(proc () = echo "late callback")
  echo "added"
  if hasPendingOperations():
    poll()
    echo "polled"

main()
