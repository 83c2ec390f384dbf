# S8.2: every awaiter of a failed future gets its error, those that come late too.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  proc waiter(name: string) {.async.} =
    try:
      echo name, " got ", await f
    except ValueError as e:
      echo name, " caught ", e.msg

  let a = waiter("a")
  let b = waiter("b")
  f.fail(newException(ValueError, "bad"))
  poll()
  let c = waiter("c")
  echo a.finished, " ", b.finished, " ", c.finished

main()
