# S7.17, S6.3: `or` with a sleep: whichever is first, the other goes on.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[string]("f")
  waitFor(f or sleepAsync(5))
  echo "slept, f finished ", f.finished
  callSoon(proc () = f.complete("value"))
  let long = sleepAsync(500)
  waitFor(f or long)
  echo f.read, ", slept ", long.finished
  drain(1000)
  echo "slept ", long.finished

main()
