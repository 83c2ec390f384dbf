# S7.15, S7.16, S7.17, S7.19: asyncCheck, and, or, withTimeout forget the callbacks that are there.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc future(name: string): Future[void] =
    let f = newFuture[void](name)
    f.addCallback(proc () = echo "callback of ", name)
    return f
  let
    a = future("asyncCheck")
    b = future("and")
    c = future("or")
    d = future("withTimeout")
  asyncCheck a
  let both = b and b
  let either = c or newFuture[void]("never")
  let inTime = d.withTimeout(1)
  for f in [a, b, c, d]: f.complete()
  drain(100)
  echo both.finished, " ", either.finished, " ", inTime.finished

main()
