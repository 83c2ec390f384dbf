# S1.1, S1.18: each thread has a dispatcher of its own, made on first use
# nim: --threads:on
import std/asyncdispatch

proc work() {.thread.} =
  echo "thread: pending ", hasPendingOperations()
  callSoon(proc () = echo "thread: called")
  echo "thread: pending ", hasPendingOperations()
  poll()
  echo "thread: pending ", hasPendingOperations()

proc main() =
  callSoon(proc () = echo "main: called")
  var t: Thread[void]
  createThread(t, work)
  joinThread(t)
  echo "main: pending ", hasPendingOperations()
  poll()
  echo "main: pending ", hasPendingOperations()

main()
