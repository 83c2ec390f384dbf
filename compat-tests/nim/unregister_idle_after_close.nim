# S1.10: one without interest can be unregistered although it was closed; it never went to the kernel
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let r = fds[0].AsyncFD
  register(r)
  addRead(r, proc (fd: AsyncFD): bool = true)
  doAssert write(fds[1], "x".cstring, 1) == 1
  poll()
  discard close(r.cint)
  echo "known ", r in getGlobalDispatcher()
  unregister(r)
  echo "known ", r in getGlobalDispatcher(), " counted ", activeDescriptors()

main()
