# S2.20: drain polls until nothing is pending; with nothing pending it returns
import std/asyncdispatch

proc work(name: string, times: int) {.async.} =
  for i in 1 .. times:
    await sleepAsync(1)
    echo name, " ", i

proc main() =
  drain()
  echo "nothing was pending"
  let f = work("a", 3)
  drain(5000)
  echo "finished ", f.finished, " pending ", hasPendingOperations()
  callSoon(proc () = echo "queue")
  drain(0)
  echo "pending ", hasPendingOperations()
  drain(-1)
  echo "end"

main()
