# S7.30: a waiting read is finished inside the complete or the fail that ends the stream.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  let a = s.read()
  s.complete()
  echo "finished ", a.finished, " has ", a.read[0]
  let t = newFutureStream[int]("t")
  let b = t.read()
  b.addCallback(proc () = echo "callback of the read, failed ", b.failed)
  t.fail(newException(IOError, "broken"))
  echo "finished ", b.finished, " failed ", b.failed, " ", b.readError.msg
  poll()
  let c = t.read()
  echo "read of a failed stream: ", c.finished, " ", c.readError.msg

main()
