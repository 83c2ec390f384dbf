# S2.15: one callback of a list raises: those not yet called are lost with it
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
    echo "first"
    true)
  addRead(r, proc (fd: AsyncFD): bool = raise newException(ValueError, "second"))
  addRead(r, proc (fd: AsyncFD): bool =
    echo "third"
    false)
  addRead(r, proc (fd: AsyncFD): bool =
    echo "fourth"
    true)
  put(w, "x")
  try: poll()
  except ValueError as e: echo "raised: ", e.msg
  echo "counted ", activeDescriptors()
  for i in 1 .. 2:
    callSoon(proc () = echo "queue")
    poll(0)
    echo "counted ", activeDescriptors()

main()
