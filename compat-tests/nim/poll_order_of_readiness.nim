# S2.5: ready descriptors are served in the order in which they became ready
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  var writers: array[5, AsyncFD]
  proc watch(i: int) =
    let (r, w) = newPipe()
    writers[i] = w
    addRead(r, proc (fd: AsyncFD): bool =
      echo "pipe ", i
      var c: char
      discard read(fd.cint, addr c, 1)
      false)
  for i in 0 .. 4: watch(i)
  for order in [@[3, 0, 4, 1, 2], @[2, 1, 0]]:
    for i in order: put(writers[i], "x")
    poll()
    poll(0)
    echo "polled"

main()
