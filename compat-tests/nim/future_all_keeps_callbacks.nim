# S7.18: `all` adds its callbacks to those that are there, and takes the same future several times.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  f.addCallback(proc () = echo "before")
  let together = all(f, f, f)
  f.addCallback(proc () = echo "after, together finished: ", together.finished)
  together.addCallback(proc () = echo together.read)
  f.complete(4)
  poll()

main()
