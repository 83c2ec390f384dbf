# S8.3: two chains of procs woken together climb level by level, side by side.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  proc climb(name: string, level: int): Future[int] {.async.} =
    if level == 0: result = await f
    else: result = 1 + await climb(name, level - 1)
    echo name, level

  let a = climb("a", 3)
  let b = climb("b", 2)
  f.complete(10)
  poll()
  echo a.read, " ", b.read

main()
