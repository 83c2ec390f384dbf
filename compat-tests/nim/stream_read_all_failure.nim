# S7.33: readAll fails as the stream does.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[string]("s")
  let all = s.readAll()
  discard s.write("a")
  poll()
  s.fail(newException(IOError, "connection lost"))
  echo "finished ", all.finished
  poll()
  echo all.readError.msg
  let t = newFutureStream[string]("t")
  t.fail(newException(IOError, "from the start"))
  let none = t.readAll()
  echo none.finished, " ", none.readError.msg

main()
