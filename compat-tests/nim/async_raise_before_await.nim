# S8.1: what the body raises before its first await fails the future and does not leave the call.
import std/[asyncdispatch, strutils]

proc main() =
  discard getGlobalDispatcher()
  proc failing(): Future[int] {.async.} =
    echo "body"
    raise newException(ValueError, "early")

  proc parse(text: string): Future[int] {.async.} =
    return parseInt(text)

  let f = failing()
  echo "returned, finished ", f.finished, " failed ", f.failed
  echo f.readError.msg
  let g = parse("12")
  echo g.failed, " ", g.read
  let h = parse("twelve")
  echo h.failed
  echo "pending ", hasPendingOperations()

main()
