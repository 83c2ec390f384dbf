# S2.18: the same for a signal
import std/[asyncdispatch, posix]

proc main() =
  var calls = 0
  addSignal(SIGUSR1, proc (fd: AsyncFD): bool =
    inc calls
    if calls == 1: raise newException(ValueError, "once")
    echo "call ", calls
    calls == 3)
  for i in 1 .. 3:
    discard kill(getpid(), SIGUSR1)
    try: poll()
    except ValueError as e: echo "raised: ", e.msg
    except IndexDefect as e: echo "defect: ", e.msg
  echo "counted ", activeDescriptors()

main()
