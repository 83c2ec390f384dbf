# S3.6: after unregister inside a callback that answers false it and the rest of its list are dropped
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "unregisters"
    unregister(fd)
    false)
  addRead(r, proc (fd: AsyncFD): bool =
    echo "second"
    true)
  put(w, "x")
  poll()
  echo "known ", r in getGlobalDispatcher(), " pending ", hasPendingOperations()
  register(r)
  addRead(r, proc (fd: AsyncFD): bool =
    echo "of the new registration"
    true)
  poll()
  echo "pending ", hasPendingOperations()

main()
