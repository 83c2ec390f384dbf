# S8.2, S6.3: procs that sleep different times go on in order of their deadlines.
import std/asyncdispatch

proc sleeper(name: string, ms: int) {.async.} =
  await sleepAsync(ms)
  echo name

proc run() {.async.} =
  await all(sleeper("a", 300), sleeper("b", 100), sleeper("c", 200), sleeper("d", 0))
  echo "all slept"

waitFor run()
