# S2.18: the callback of a repeating timer raises once: each later firing raises an IndexDefect
import std/asyncdispatch

proc main() =
  var calls = 0
  addTimer(1, false, proc (fd: AsyncFD): bool =
    inc calls
    if calls == 1: raise newException(ValueError, "once")
    echo "call ", calls
    calls == 3)
  for i in 1 .. 3:
    try: poll()
    except ValueError as e: echo "raised: ", e.msg
    except IndexDefect as e: echo "defect: ", e.msg
  echo "counted ", activeDescriptors()

main()
