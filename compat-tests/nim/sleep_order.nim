# S6.3: sleeps end in order of their deadlines; none is finished on return.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc add(ms: int) =
    let f = sleepAsync(ms)
    echo ms, " finished ", f.finished
    f.addCallback(proc () = echo ms, " ends")

  for ms in [300, 100, 200, 0]: add ms
  while hasPendingOperations(): poll()

main()
