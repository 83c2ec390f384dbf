# S7.16: `and` finishes in the queue phase after both, never at once.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let a = newFuture[int]("a")
  let b = newFuture[string]("b")
  let both = a and b
  both.addCallback(proc () = echo "both")
  a.complete(1)
  poll()
  echo "a only: ", both.finished
  b.complete("x")
  echo "b completed: ", both.finished
  callSoon(proc () = echo "soon")
  poll()
  echo "polled: ", both.finished
  let again = a and b
  echo "of finished ones: ", again.finished
  poll()
  echo "polled: ", again.finished, " ", again.failed

main()
