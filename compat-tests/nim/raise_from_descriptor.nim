# S2.13, S2.15: it ends the poll: later descriptors, due timers and the queue have their turn in the next one
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, toA) = newPipe()
  let (b, toB) = newPipe()
  addRead(a, proc (fd: AsyncFD): bool =
    echo "first descriptor"
    callSoon(proc () = echo "queued by the first")
    raise newException(ValueError, "from the first"))
  addRead(b, proc (fd: AsyncFD): bool =
    echo "second descriptor"
    true)
  callSoon(proc () = echo "queued before")
  put(toA, "x")
  put(toB, "x")
  try:
    poll()
    echo "polled"
  except ValueError as e:
    echo "poll raised: ", e.msg
  poll()
  echo "polled, counted ", activeDescriptors()

main()
