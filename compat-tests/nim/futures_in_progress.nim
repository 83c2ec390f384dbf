# S7.21: with logging on, unfinished futures are counted by where they come from.
# nim: -d:futureLogging -u:release
import std/[asyncdispatch, tables]

proc main() =
  discard getGlobalDispatcher()
  proc show() =
    var total: CountTable[string]
    for info, n in getFuturesInProgress(): total.inc(info.fromProc, n)
    for name in ["apple", "pear"]: echo name, ": ", total[name]

  echo isFutureLoggingEnabled
  let a = newFuture[void]("apple")
  let b = newFuture[int]("pear")
  let c = newFuture[int]("pear")
  show()
  b.complete(1)
  show()
  a.fail(newException(ValueError, "x"))
  c.complete(2)
  show()

main()
