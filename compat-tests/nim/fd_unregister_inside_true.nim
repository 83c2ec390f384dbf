# S3.8, S3.6: after unregister inside a callback that answers true the rest of its list is still called, the other side is not
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  let d = getGlobalDispatcher()
  addRead(a, proc (fd: AsyncFD): bool =
    unregister(fd)
    echo "unregisters, known ", fd in d, " counted ", activeDescriptors()
    true)
  addRead(a, proc (fd: AsyncFD): bool =
    echo "second, known ", fd in d
    true)
  addRead(a, proc (fd: AsyncFD): bool =
    echo "third, known ", fd in d
    false)
  addRead(a, proc (fd: AsyncFD): bool =
    echo "fourth"
    true)
  addWrite(a, proc (fd: AsyncFD): bool =
    echo "write side"
    true)
  put(b, "x")
  poll()
  echo "polled, counted ", activeDescriptors(), " pending ", hasPendingOperations()

main()
