# S7.19: a finished future beats timeout 0; a pending one loses at the next poll against 0 and below.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  f.complete()
  let a = f.withTimeout(0)
  echo "on return: ", a.finished
  poll()
  echo "finished one: ", a.read
  for ms in [0, -1, -1000]:
    let p = newFuture[void]("p")
    let b = p.withTimeout(ms)
    echo "on return: ", b.finished
    poll(0)
    echo "pending one: ", b.read

main()
