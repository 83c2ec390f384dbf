# S1.10, S1.29, S1.22: unregister forgets both lists uncalled and leaves the descriptor open
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  let (a, b) = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(a)
  addRead(a, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "write"
    true)
  doAssert write(b.cint, "abc".cstring, 3) == 3
  echo "counted ", activeDescriptors()
  unregister(a)
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations(), " known ", a in getGlobalDispatcher()
  callSoon(proc () = echo "queue")
  poll()
  var buf: array[8, char]
  echo "still open, bytes read ", read(a.cint, addr buf, 8)

main()
