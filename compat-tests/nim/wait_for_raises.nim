# S2.22, S2.13: waitFor raises what the future failed with; what others raise meanwhile does not touch the future
import std/asyncdispatch

proc work(fails: bool): Future[int] {.async.} =
  await sleepAsync(5)
  if fails: raise newException(IOError, "broken")
  return 5

proc main() =
  try: echo waitFor work(true)
  except IOError as e: echo "raised: ", e.msg
  let f = work(false)
  callSoon(proc () = raise newException(ValueError, "from another"))
  try: echo waitFor f
  except ValueError as e: echo "raised: ", e.msg
  echo "finished ", f.finished
  echo waitFor f

main()
