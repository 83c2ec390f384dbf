# S7.20: a FutureVar's value can be changed in any state; complete keeps it or replaces it; clean makes it pending.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let v = newFutureVar[string]("v")
  v.mget().add "ab"
  echo v.finished
  v.mget().add "cd"
  v.complete()
  echo v.finished, " ", v.read
  v.mget().add "ef"
  echo v.read
  v.clean()
  echo v.finished
  try: echo v.read
  except ValueError as e: echo "read raised: ", e.msg
  echo v.mget()
  v.complete("new")
  echo v.finished, " ", v.read

main()
