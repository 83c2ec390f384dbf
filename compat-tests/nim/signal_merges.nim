# S6.5: a signal raised several times before the poll is one call.
import std/[asyncdispatch, posix]

proc main() =
  var calls = 0
  addSignal(SIGUSR1, proc (fd: AsyncFD): bool =
    inc calls
    false)
  for i in 1 .. 3: discard kill(getpid(), SIGUSR1)
  poll()
  poll(0)
  echo "calls ", calls
  discard kill(getpid(), SIGUSR1)
  poll()
  echo "calls ", calls

main()
