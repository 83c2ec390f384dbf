# S1.18, S1.6: every one of these calls makes the dispatcher if there is none
import std/[asyncdispatch, posix]

proc fresh(what: string) =
  setGlobalDispatcher(nil)
  echo what

proc main() =
  fresh "hasPendingOperations"
  echo hasPendingOperations()
  fresh "activeDescriptors"
  echo activeDescriptors()
  fresh "callSoon"
  callSoon(proc () = echo "called")
  poll()
  fresh "sleepAsync"
  let f = sleepAsync(0)
  f.addCallback(proc () = echo "slept")
  poll()
  fresh "register"
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[0].AsyncFD)
  echo fds[0].AsyncFD in getGlobalDispatcher()
  fresh "drain"
  drain()
  fresh "addTimer"
  addTimer(1, true, proc (fd: AsyncFD): bool =
    echo "fires"
    true)
  while hasPendingOperations(): poll()

main()
