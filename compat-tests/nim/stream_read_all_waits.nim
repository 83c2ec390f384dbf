# S7.33: readAll takes one queue turn for each time it waited, and finishes in the poll after complete.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[string]("s")
  let all = s.readAll()
  all.addCallback(proc () = echo "all: ", all.read)
  discard s.write("a")
  discard s.write("b")
  echo "len ", s.len
  poll()
  echo "len ", s.len, " finished ", all.finished
  discard s.write("c")
  s.complete()
  echo "completed, finished ", all.finished
  callSoon(proc () = echo "soon")
  poll()

main()
