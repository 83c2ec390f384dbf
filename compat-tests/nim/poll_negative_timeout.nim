# S2.4: a timeout below -1 is refused where it would have to wait
import std/[asyncdispatch, strutils]

proc main() =
  discard sleepAsync(100_000)
  callSoon(proc () = echo "called")
  poll(-2)
  for timeout in [-1000, -2]:
    let f = sleepAsync(0)
    f.addCallback(proc () = echo "timer")
    poll(timeout)
  echo "end"

main()
