# S7.6: a release build checks no second completion: the value is replaced in silence.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[int]("f")
  f.complete(1)
  try:
    f.complete(2)
    echo "nothing said"
  except Exception: echo "refused"
  echo "value ", f.read
  try:
    f.fail(newException(ValueError, "late"))
    echo "nothing said"
  except Exception: echo "refused"
  echo "failed ", f.failed

main()
