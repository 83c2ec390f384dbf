# S6.5, S8.2: a proc that awaits signals, one after the other.
import std/[asyncdispatch, posix]

proc signalled(signal: cint): Future[void] =
  let f = newFuture[void]("signalled")
  addSignal(signal, proc (fd: AsyncFD): bool =
    f.complete()
    true)
  return f

proc run() {.async.} =
  for i in 1 .. 3:
    let next = signalled(SIGUSR2)
    discard kill(getpid(), SIGUSR2)
    await next
    echo "signal ", i

waitFor run()
echo "counted ", activeDescriptors()
