# S1.8: there is always an I/O handler, one a dispatcher
import std/asyncdispatch

proc main() =
  let a = getGlobalDispatcher()
  let b = newDispatcher()
  echo "there: ", not getIoHandler(a).isNil, " ", not getIoHandler(b).isNil
  echo "nothing pending: ", not hasPendingOperations()

main()
