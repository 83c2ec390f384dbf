# S7.17: `or` of finished futures, and of one with itself, is decided in the queue phase, by the first of them
import std/asyncdispatch

proc show(name: string, f: Future[void]) =
  if not f.finished: echo name, ": pending"
  elif f.failed: echo name, ": ", f.readError.msg
  else: echo name, ": done"

proc main() =
  discard getGlobalDispatcher()
  proc done(): Future[void] =
    result = newFuture[void]("done")
    result.complete()
  proc failed(text: string): Future[void] =
    result = newFuture[void]("failed")
    result.fail(newException(ValueError, text))
  let a = done() or failed("second")
  let b = failed("first") or done()
  let c = failed("first") or failed("second")
  let same = newFuture[void]("same")
  let d = same or same
  let e = newFuture[void]("never") or failed("only")
  show "on return", a
  same.complete()
  poll()
  for (name, f) in [("a", a), ("b", b), ("c", c), ("d", d), ("e", e)]: show name, f

main()
