# S8.5: a nil future fails the proc that awaits it, whose body cannot catch that
import std/asyncdispatch

proc main() =
  proc nothing(): Future[void] = nil
  proc work() {.async.} =
    try:
      await nothing()
    except Exception: echo "the body catches it"
    echo "the body goes on"

  let f = work()
  echo "finished ", f.finished, " failed ", f.failed
  if f.failed: echo f.readError.msg

main()
