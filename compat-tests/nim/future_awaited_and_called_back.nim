# S7.4, S8.4: one completed future wakes a proc, a callback, `all` and a second proc in order of addition.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  proc waiter(name: string) {.async.} =
    let x = await f
    echo name, " ", x

  let a = waiter("proc a")
  f.addCallback(proc () = echo "callback")
  let both = all(f, f)
  both.addCallback(proc () = echo "all ", both.read)
  let b = waiter("proc b")
  a.addCallback(proc () = echo "end of a")
  b.addCallback(proc () = echo "end of b")
  f.complete(9)
  poll()

main()
