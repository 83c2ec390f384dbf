# S2.5: ready descriptors are served in the order in which they became ready
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len
proc main() =
  var pipes: seq[(AsyncFD, AsyncFD)]
  for i in 0 .. 4: pipes.add newPipe()
  for i in 0 .. 4:
    let name = $i
    addRead(pipes[i][0], proc (fd: AsyncFD): bool =
      echo "pipe ", name
      var c: char
      discard read(fd.cint, addr c, 1)
      false)
  for order in [@[3, 0, 4, 1, 2], @[2, 1, 0]]:
    for i in order: put(pipes[i][1], "x")
    poll()
    echo "polled"

main()
