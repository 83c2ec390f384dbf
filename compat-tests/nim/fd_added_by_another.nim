# S2.5, S3.7, S3.8: a callback for a ready descriptor nobody watched when the poll looked is called in the next poll
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc take(fd: AsyncFD) =
  var c: char
  doAssert read(fd.cint, addr c, 1) == 1

proc main() =
  let (a, toA) = newPipe()
  let (b, toB) = newPipe()
  addRead(b, proc (fd: AsyncFD): bool =
    take(fd)
    echo "b, watched at first"
    true)
  addRead(a, proc (fd: AsyncFD): bool =
    take(fd)
    echo "a adds a callback to b"
    addRead(b, proc (fd: AsyncFD): bool =
      take(fd)
      echo "b, added by a"
      true)
    true)
  put(toB, "x")
  poll()
  poll(0)
  echo "polled, counted ", activeDescriptors()
  put(toA, "x")
  put(toB, "x")
  for i in 1 .. 2:
    poll()
    echo "polled, counted ", activeDescriptors()

main()
