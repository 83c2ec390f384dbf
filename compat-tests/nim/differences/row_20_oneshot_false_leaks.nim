# S6.2, S2.17: a one-shot timer whose callback answers false leaves its descriptor open and known.
import std/asyncdispatch

proc main() =
  var key: AsyncFD
  addTimer(1, true, proc (fd: AsyncFD): bool =
    key = fd
    false)
  poll()
  echo "counted ", activeDescriptors(), " known ", key in getGlobalDispatcher()

main()
