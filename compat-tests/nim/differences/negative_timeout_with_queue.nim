# S2.4: a timeout below -1 passes where poll does not wait
import std/asyncdispatch

proc main() =
  callSoon(proc () = echo "called")
  try:
    poll(-2)
    echo "polled"
  except AssertionDefect:
    echo "refused"
  echo "pending ", hasPendingOperations()

main()
