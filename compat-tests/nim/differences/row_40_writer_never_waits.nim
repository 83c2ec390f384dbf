# S7.25: a stream takes whatever is written: a writer never waits for its reader.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  var writes: seq[Future[void]]
  for i in 1 .. 3: writes.add s.write(i)
  for w in writes: echo "written ", w.finished
  discard s.read()
  echo "one is read"
  for w in writes: echo "written ", w.finished

main()
