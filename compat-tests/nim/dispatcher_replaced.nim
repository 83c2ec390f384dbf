# S1.6, S1.7: a dispatcher with a filled queue cannot be replaced; nil makes the next use create a fresh one
import std/[asyncdispatch, posix, deques]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let (r, w) = (fds[0].AsyncFD, fds[1].AsyncFD)
  let first = getGlobalDispatcher()
  let second = newDispatcher()
  register(r)
  callSoon(proc () = echo "called by the first")
  try:
    setGlobalDispatcher(second)
    echo "replaced"
  except AssertionDefect:
    echo "refused"
  echo "still the first: ", r in getGlobalDispatcher(), ", queue ", first.callbacks.len
  poll()
  setGlobalDispatcher(second)
  register(w)
  echo "the second: ", r in getGlobalDispatcher(), " ", w in getGlobalDispatcher()
  setGlobalDispatcher(nil)
  echo "fresh: ", r in getGlobalDispatcher(), " ", w in getGlobalDispatcher()
  callSoon(proc () = echo "called by the third")
  poll()
  setGlobalDispatcher(first)
  echo "the first: ", r in getGlobalDispatcher(), " ", w in getGlobalDispatcher()

main()
