# S6.5: 0, numbers that are no signal, and SIGKILL are accepted in silence: counted, never delivered.
import std/[asyncdispatch, posix]

proc main() =
  for signal in [0, 1000, SIGKILL.int]:
    try:
      addSignal(signal, proc (fd: AsyncFD): bool = true)
      echo "accepted, counted ", activeDescriptors()
    except CatchableError: echo "refused"

main()
