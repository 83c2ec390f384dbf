# S1.6, S1.7: a dispatcher with a filled queue cannot be replaced; nil makes the next use create a fresh one
import std/[asyncdispatch, deques]

proc main() =
  let first = getGlobalDispatcher()
  let second = newDispatcher()
  callSoon(proc () = echo "called by the first")
  try:
    setGlobalDispatcher(second)
    echo "replaced"
  except AssertionDefect:
    echo "refused"
  echo "still the first: ", getGlobalDispatcher() == first, ", queue ", first.callbacks.len
  poll()
  setGlobalDispatcher(second)
  echo "now the second: ", getGlobalDispatcher() == second
  setGlobalDispatcher(nil)
  let third = getGlobalDispatcher()
  echo "fresh: ", third != first, " ", third != second
  callSoon(proc () = echo "called by the third")
  poll()

main()
