# S6.1, S6.2, S6.5: each timer, event and signal costs a descriptor.
import std/[asyncdispatch, os, sequtils, posix]

proc open(): int = toSeq(walkDir("/proc/self/fd")).len

proc main() =
  let ready = newAsyncEvent()
  addEvent(ready, proc (fd: AsyncFD): bool = true)
  ready.trigger()
  addTimer(1, true, proc (fd: AsyncFD): bool = true)
  addSignal(SIGUSR1, proc (fd: AsyncFD): bool = true)
  discard kill(getpid(), SIGUSR1)
  while hasPendingOperations(): poll()
  let before = open()
  for i in 1 .. 10: addTimer(1000, true, proc (fd: AsyncFD): bool = true)
  for i in 1 .. 10: addEvent(newAsyncEvent(), proc (fd: AsyncFD): bool = true)
  for s in [SIGUSR1, SIGUSR2]: addSignal(s.int, proc (fd: AsyncFD): bool = true)
  poll(0)
  echo "counted ", activeDescriptors()
  echo "descriptors used ", open() - before

main()
