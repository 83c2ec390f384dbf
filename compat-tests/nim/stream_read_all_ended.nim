# S7.33: readAll of an ended stream is finished on return.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[string]("s")
  for part in ["ab", "", "cd"]: discard s.write(part)
  s.complete()
  let all = s.readAll()
  echo all.finished, " ", all.read
  let again = s.readAll()
  echo again.finished, " '", again.read, "'"

main()
