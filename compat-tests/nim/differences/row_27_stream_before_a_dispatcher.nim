# S7.2, S7.30: before the thread has a dispatcher a proc that reads a stream in a loop hangs after its second read.
import std/asyncdispatch

proc main() =
  let s = newFutureStream[int]("s")
  proc reader() {.async.} =
    while true:
      let (has, x) = await s.read()
      if not has: break
      echo "read ", x

  let r = reader()
  for i in 1 .. 4: discard s.write(i)
  s.complete()
  if hasPendingOperations(): poll()
  if r.finished: echo "reader ends"
  else: echo "reader: still pending, left ", s.len

main()
