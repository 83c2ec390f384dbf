# S2.2, S1.33: nothing pending: poll refuses at once, whatever the timeout; a pending future is nothing
import std/[asyncdispatch, times]

proc attempt(timeout: int) =
  let start = epochTime()
  try:
    poll(timeout)
    echo "polled"
  except ValueError as e:
    echo "raised: ", e.msg
  echo "at once: ", epochTime() - start < 2.0

proc main() =
  let f = newFuture[void]("f")
  for timeout in [5000, 0, -1, 1]: attempt(timeout)
  try:
    waitFor f
  except ValueError as e:
    echo "waitFor raised: ", e.msg
  callSoon(proc () = echo "called")
  attempt(5000)
  attempt(5000)

main()
