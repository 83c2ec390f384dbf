# S3.1: false is called again in each poll as long as the descriptor is ready; true removes the callback
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
    var c: char
    discard read(fd.cint, addr c, 1)
    echo "read ", c
    c == 'd')
  put(w, "abcde")
  while hasPendingOperations():
    poll()
    echo "polled"
  var c: char
  discard read(r.cint, addr c, 1)
  echo "left ", c

main()
