# S7.23, S7.30: a callback that reads and writes on: what it calls runs inside it, before write returns.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let a = newFutureStream[int]("a")
  let b = newFutureStream[int]("b")
  a.callback = proc (a: FutureStream[int]) =
    if a.len > 0:
      let x = a.read.read[1]
      echo "a has ", x
      discard b.write(x * 10)
    elif a.finished:
      echo "a ended"
      b.complete()
  b.callback = proc (b: FutureStream[int]) = echo "b, len ", b.len, " finished ", b.finished
  discard a.write(1)
  echo "written 1"
  discard a.write(2)
  echo "written 2"
  a.complete()
  echo "completed"
  while b.len > 0: echo "left ", b.read.read[1]

main()
