# S8.6: `yield f` waits as await does, and leaves the looking to the proc.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  proc careful() {.async.} =
    yield f
    echo "settled, failed ", f.failed
    if f.failed: echo f.readError.msg
    let g = newFuture[int]("g")
    g.complete(5)
    yield g
    echo g.read

  let c = careful()
  f.fail(newException(IOError, "broken"))
  echo "finished ", c.finished
  poll()
  echo "finished ", c.finished, " failed ", c.failed

main()
