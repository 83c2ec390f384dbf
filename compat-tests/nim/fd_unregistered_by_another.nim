# S3.8: a descriptor unregistered by the callback of another in the same batch is skipped
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
  let (c, toC) = newPipe()
  addRead(a, proc (fd: AsyncFD): bool =
    echo "a unregisters b"
    unregister(b)
    true)
  addRead(b, proc (fd: AsyncFD): bool =
    echo "b"
    true)
  addRead(c, proc (fd: AsyncFD): bool =
    echo "c"
    true)
  for w in [toA, toB, toC]: put(w, "x")
  poll()
  echo "polled, counted ", activeDescriptors()

main()
