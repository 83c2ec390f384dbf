# S7.30, S8.2: a waiting read is finished inside the write that serves it; its awaiter goes on in the queue.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  proc reader() {.async.} =
    while true:
      let (has, x) = await s.read()
      if not has: break
      echo "got ", x
    echo "reader ends"

  let done = reader()
  let r = newFutureStream[int]("r")
  let f = r.read()
  echo "waiting: ", f.finished
  discard r.write(7)
  echo "inside write: ", f.finished, " ", f.read[1], " len ", r.len
  discard s.write(1)
  echo "written 1, len ", s.len
  discard s.write(2)
  echo "written 2, len ", s.len
  poll()
  discard s.write(3)
  s.complete()
  echo "completed"
  poll()
  echo "done ", done.finished

main()
