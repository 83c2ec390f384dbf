# S3.7, S2.4: data for a descriptor that nobody watches any more does not end a wait
import std/[asyncdispatch, posix, times]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, toA) = newPipe()
  let (b, toB) = newPipe()
  addRead(a, proc (fd: AsyncFD): bool = true)
  addRead(b, proc (fd: AsyncFD): bool =
    var c: char
    echo "b, bytes ", read(fd.cint, addr c, 1)
    true)
  put(toB, "x")
  poll()
  echo "polled, counted ", activeDescriptors()
  put(toB, "x")
  let start = epochTime()
  poll(40)
  echo "waited ", epochTime() - start >= 0.039
  addRead(b, proc (fd: AsyncFD): bool =
    echo "b, still readable"
    true)
  poll()
  echo "polled, counted ", activeDescriptors()

main()
