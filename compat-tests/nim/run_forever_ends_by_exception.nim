# S2.21, S2.2: runForever ends by an exception, also by the one of a dispatcher with nothing left
import std/asyncdispatch

proc main() =
  var n = 0
  addTimer(1, false, proc (fd: AsyncFD): bool =
    inc n
    echo "tick ", n
    if n == 3: callSoon(proc () = raise newException(IOError, "enough"))
    n == 5)
  try: runForever()
  except IOError as e: echo "runForever raised: ", e.msg
  echo "counted ", activeDescriptors()
  try: runForever()
  except ValueError as e: echo "runForever raised: ", e.msg

main()
