# S7.23, S7.24, S7.25: a stream's callback runs inside write, not in poll; the future of write is finished on return.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  echo s.len, " ", s.finished, " ", s.failed
  s.callback = proc (s: FutureStream[int]) = echo "callback, len ", s.len
  for i in 1 .. 3:
    let w = s.write(i)
    echo "written, finished ", w.finished, " failed ", w.failed
  echo "pending ", hasPendingOperations()

main()
