# S7.18: `all` of void futures is void; of nothing it is finished on return.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let nothing: seq[Future[void]] = @[]
  let a = all(nothing)
  echo "no voids: ", a.finished
  let none: seq[Future[int]] = @[]
  let b = all(none)
  echo "no ints: ", b.finished, " ", b.read.len
  let x = newFuture[void]("x")
  let y = newFuture[void]("y")
  let c = all(@[x, y])
  y.complete()
  x.complete()
  echo "inside the call: ", c.finished
  poll()
  echo "polled: ", c.finished

main()
