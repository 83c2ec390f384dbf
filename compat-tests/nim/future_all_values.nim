# S7.18: `all` gives the values in the order of its arguments, in the queue phase.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  var futs: seq[Future[int]]
  for i in 0 .. 2: futs.add newFuture[int]("f")
  let together = all(futs)
  together.addCallback(proc () = echo "together ", together.read)
  futs[2].complete(30)
  futs[0].complete(10)
  poll()
  echo "two of three: ", together.finished
  futs[1].complete(20)
  echo "inside the call: ", together.finished
  callSoon(proc () = echo "soon")
  poll()
  let again = all(futs[0], futs[2])
  echo "of finished ones: ", again.finished
  poll()
  echo again.read

main()
