# S3.9: a pipe whose writer is gone wakes the reader, one whose reader is gone the writer
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
    echo "reader: bytes ", read(fd.cint, addr c, 1)
    true)
  discard close(w.cint)
  poll()
  echo "counted ", activeDescriptors()
  let (r2, w2) = newPipe()
  var buf: array[65536, char]
  doAssert fcntl(w2.cint, F_SETFL, O_NONBLOCK) == 0
  while write(w2.cint, addr buf, buf.len) > 0: discard
  register(w2)
  addWrite(w2, proc (fd: AsyncFD): bool =
    echo "writer"
    true)
  poll(0)
  echo "full, counted ", activeDescriptors()
  unregister(r2)
  discard close(r2.cint)
  poll()
  echo "counted ", activeDescriptors()

main()
