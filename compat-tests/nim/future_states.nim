# S7.3, S7.4, S7.5, S7.10: pending, succeeded and failed futures as finished and failed tell them.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc show[T](name: string, f: Future[T]) =
    echo name, ": finished=", f.finished, " failed=", f.failed

  let
    a = newFuture[void]("a")
    b = newFuture[string]()
    c = newFuture[int]("c")
  show("a", a)
  a.complete()
  show("a", a)
  b.complete("text")
  show("b", b)
  echo b.read
  c.fail(newException(ValueError, "no"))
  show("c", c)
  echo "pending ", hasPendingOperations()

main()
