# S2.13, S8.1: what an async proc raises fails its future and never reaches poll
import std/asyncdispatch

proc work(name: string) {.async.} =
  await sleepAsync(0)
  raise newException(ValueError, "from " & name)

proc main() =
  let f = work("the proc")
  discard work("the forgotten one")
  while hasPendingOperations():
    poll()
    echo "polled"
  echo "failed ", f.failed, ": ", f.readError.msg

main()
