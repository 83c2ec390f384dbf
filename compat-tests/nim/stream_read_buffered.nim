# S7.30: with data a read is finished on return, oldest item first; at the end too, any number of times.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[string]("s")
  for word in ["one", "two"]: discard s.write(word)
  s.complete()
  for i in 1 .. 4:
    let r = s.read()
    if r.finished:
      let (has, word) = r.read
      if has: echo "item ", word
      else: echo "end"
  echo "pending ", hasPendingOperations()

main()
