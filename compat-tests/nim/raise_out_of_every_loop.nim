# S2.13, S2.21: also out of drain, waitFor and runForever
import std/asyncdispatch

proc failSoon(name: string) =
  callSoon(proc () = raise newException(ValueError, "from " & name))
  callSoon(proc () = echo "after ", name)

proc main() =
  failSoon("drain")
  try: drain()
  except ValueError as e: echo "drain raised: ", e.msg
  failSoon("waitFor")
  let f = sleepAsync(0)
  try: waitFor f
  except ValueError as e: echo "waitFor raised: ", e.msg
  failSoon("runForever")
  try: runForever()
  except ValueError as e: echo "runForever raised: ", e.msg
  echo "pending ", hasPendingOperations()
  poll()

main()
