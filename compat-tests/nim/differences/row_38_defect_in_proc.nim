# S8.1: a programming error inside an async proc is a failed future, of which nobody need hear.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  var empty: seq[int]
  proc wrong() {.async.} =
    await sleepAsync(1)
    empty[3] = 1

  let f = wrong()
  try:
    poll()
    echo "polled"
  except IndexDefect: echo "poll raised"
  if not f.finished: poll()
  echo "failed ", f.failed

main()
