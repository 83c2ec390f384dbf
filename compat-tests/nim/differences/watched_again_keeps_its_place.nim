# S2.5, S3.7: descriptors on which nobody waited for a while are served in the order in which somebody waits again
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc main() =
  proc watch(name: string, r: AsyncFD) =
    addRead(r, proc (fd: AsyncFD): bool =
      echo name
      var c: char
      doAssert read(fd.cint, addr c, 1) == 1
      true)
  let (r, w) = newPipe()
  let (s, v) = newPipe()
  for writer in [w, v]: doAssert write(writer.cint, "xx".cstring, 2) == 2
  watch("first", r)
  watch("second", s)
  poll()
  echo "polled"
  watch("second", s)
  watch("first", r)
  poll()
  echo "counted ", activeDescriptors()

main()
