# S6.5: two watchers of one signal: poll raises and neither is called.
import std/[asyncdispatch, posix]

proc main() =
  proc watch(name: string) =
    addSignal(SIGUSR1, proc (fd: AsyncFD): bool =
      echo name
      true)
  watch "first"
  watch "second"
  discard kill(getpid(), SIGUSR1)
  for i in 1 .. 2:
    try: poll(20)
    except CatchableError as e: echo "poll raised: ", e.msg
  echo "counted ", activeDescriptors()

main()
