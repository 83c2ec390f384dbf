# S7.28: finished means ended and empty; len counts what was not read yet.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  proc show(what: string) = echo what, ": len ", s.len, " finished ", s.finished
  show "new"
  discard s.write(1)
  discard s.write(2)
  show "two written"
  s.complete()
  show "completed"
  discard waitFor s.read()
  show "one read"
  discard waitFor s.read()
  show "both read"

main()
