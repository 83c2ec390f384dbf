# S2.12, S2.3: a sleep of zero that a proc awaits does not wait; each is over in one poll, resumption included
import std/[asyncdispatch, times]

proc work() {.async.} =
  for i in 1 .. 3:
    await sleepAsync(0)
    echo "slept ", i
  echo "end"

proc main() =
  let start = epochTime()
  let f = work()
  echo "finished ", f.finished
  for i in 1 .. 3:
    poll(5000)
    echo "polled, finished ", f.finished
  echo "no wait ", epochTime() - start < 2.0

main()
