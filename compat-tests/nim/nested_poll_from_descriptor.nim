# S2.19, S3.4, S3.6: inside a descriptor's callback its list is empty: a nested poll does not call it, and gives up its count
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
  var depth = 0
  addRead(a, proc (fd: AsyncFD): bool =
    inc depth
    echo "a begins, depth ", depth, " counted ", activeDescriptors()
    if depth == 1:
      callSoon(proc () = echo "queue")
      poll(0)
      echo "a polled, counted ", activeDescriptors()
    depth == 2)
  addRead(b, proc (fd: AsyncFD): bool =
    echo "b"
    true)
  put(toA, "x")
  put(toB, "x")
  poll()
  echo "polled, counted ", activeDescriptors()
  poll()
  echo "polled, counted ", activeDescriptors()

main()
