# S8.2, S6.3: procs that sleep different times go on in order of their deadlines.
import std/asyncdispatch

proc sleeper(name: string, ms: int) {.async.} =
  for i in 1 .. 2:
    await sleepAsync(ms)
    echo name, " ", i

proc run() {.async.} =
  await all(sleeper("a", 20), sleeper("b", 70), sleeper("c", 100))
  echo "all slept"

waitFor run()
