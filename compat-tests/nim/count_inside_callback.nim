# S1.22, S3.7: inside its last callback a descriptor is still counted; in the queue of the same poll no more
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let r = fds[0].AsyncFD
  register(r)
  var calls = 0
  addRead(r, proc (fd: AsyncFD): bool =
    inc calls
    echo "call ", calls, ": counted ", activeDescriptors()
    callSoon(proc () = echo "queue: counted ", activeDescriptors(), " pending ", hasPendingOperations())
    calls == 2)
  doAssert write(fds[1], "x".cstring, 1) == 1
  poll()
  echo "polled: counted ", activeDescriptors()
  poll()
  echo "polled: counted ", activeDescriptors()

main()
