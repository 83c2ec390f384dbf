# S6.2: a timer of -1000 ms is an error of the system that leaks a descriptor.
import std/[asyncdispatch, os, sequtils]

proc open(): int = toSeq(walkDir("/proc/self/fd")).len

proc main() =
  discard getGlobalDispatcher()
  let before = open()
  try:
    addTimer(-1000, true, proc (fd: AsyncFD): bool = true)
    echo "accepted"
  except CatchableError:
    echo "refused"
  echo "descriptors left behind ", open() - before

main()
