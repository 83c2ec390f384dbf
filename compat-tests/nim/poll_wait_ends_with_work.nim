# S2.4: no wait if the queue is not empty; with timers no longer than the nearest one
import std/[asyncdispatch, times]

template took(body: untyped): float =
  let start = epochTime()
  body
  epochTime() - start

proc main() =
  callSoon(proc () = echo "called")
  echo "queue: at once ", took(poll(5000)) < 2.0
  let f = sleepAsync(30)
  let g = sleepAsync(10_000)
  let time = took(poll(5000))
  echo "timer: waited for it ", time >= 0.029, ", and no longer ", time < 2.0
  echo f.finished, " ", g.finished

main()
