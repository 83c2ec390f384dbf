# S7.18, S8.1: procs start in the order of their calls, end in the order of their times; `all` gives the order of the calls.
import std/asyncdispatch

proc work(name: string, ms: int): Future[string] {.async.} =
  echo name, " starts"
  await sleepAsync(ms)
  echo name, " ends"
  return name & "!"

proc run() {.async.} =
  for text in await all(work("a", 200), work("b", 5), work("c", 400)):
    echo text

waitFor run()
