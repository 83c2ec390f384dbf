# S1.9, S1.11, S1.13, S1.19: a registered descriptor is known, not counted, and keeps no loop alive
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let (r, w) = (fds[0].AsyncFD, fds[1].AsyncFD)
  let d = getGlobalDispatcher()
  echo "before: ", r in d, " ", w in d
  register(r)
  echo "registered: ", r in d, " ", w in d, " counted ", activeDescriptors(), " pending ", hasPendingOperations()
  register(w)
  echo "both: ", r in d, " ", w in d, " counted ", activeDescriptors(), " pending ", hasPendingOperations()
  unregister(r)
  echo "unregistered: ", r in d, " ", w in d, " counted ", activeDescriptors()
  register(r)
  echo "again: ", r in d, " ", w in d, " counted ", activeDescriptors()

main()
