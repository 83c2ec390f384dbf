# S8.2, S1.17: a proc that waits for a future completed by callSoon, step by step in one poll.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc soon(x: int): Future[int] =
    let f = newFuture[int]("soon")
    callSoon(proc () =
      echo "completing ", x
      f.complete(x))
    return f

  proc run(name: string) {.async.} =
    for i in 1 .. 3:
      echo name, " got ", await soon(i)

  let a = run("a")
  let b = run("b")
  poll()
  echo a.finished, " ", b.finished

main()
