# S8.1: `result`, an early `return`, and falling off the end give the future its value.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc sign(x: int): Future[string] {.async.} =
    result = "zero"
    if x < 0: return "negative"
    if x > 0:
      await sleepAsync(0)
      result = "positive"

  for x in [-1, 0, 1]:
    let f = sign(x)
    echo x, " finished ", f.finished
    echo waitFor f

main()
