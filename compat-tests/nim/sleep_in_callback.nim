# S6.3, S2.7: a sleep of 0 asked for in the queue phase ends in the next poll.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  var polls = 0
  proc again(n: int) =
    echo "poll ", polls, ", left ", n
    if n > 0: sleepAsync(0).addCallback(proc () = again(n - 1))
  callSoon(proc () = again(3))
  while hasPendingOperations():
    inc polls
    poll()

main()
