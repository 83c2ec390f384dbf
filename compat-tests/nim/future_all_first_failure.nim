# S7.18: `all` fails at the first failure, without waiting for the rest; later ones are silent.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  var futs: seq[Future[int]]
  for i in 0 .. 3: futs.add newFuture[int]("f")
  let together = all(futs)
  together.addCallback(proc () = echo "together: ", together.readError.msg)
  futs[0].complete(1)
  futs[2].fail(newException(ValueError, "third failed"))
  futs[1].fail(newException(ValueError, "second failed"))
  poll()
  futs[3].fail(newException(ValueError, "fourth failed"))
  poll()
  echo "still: ", together.readError.msg

main()
