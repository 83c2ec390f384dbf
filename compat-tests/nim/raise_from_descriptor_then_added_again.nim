# S2.15, S3.1: the raising callback is gone; its descriptor is watched again by the next addRead
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
    echo "raises"
    raise newException(ValueError, "once"))
  put(w, "x")
  try: poll()
  except ValueError as e: echo "poll raised: ", e.msg
  callSoon(proc () = echo "queue")
  poll(0)
  echo "polled, counted ", activeDescriptors()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "added again"
    true)
  poll()
  echo "polled, counted ", activeDescriptors()

main()
