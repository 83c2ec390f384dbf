# S7.30: reading a failed stream fails at once and throws an item away each time.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  for i in 1 .. 2: discard s.write(i)
  s.fail(newException(IOError, "broken"))
  for i in 1 .. 3:
    let r = s.read()
    if r.failed: echo "failed: ", r.readError.msg, ", left ", s.len
    else: echo "got ", r.read[1], ", left ", s.len

main()
