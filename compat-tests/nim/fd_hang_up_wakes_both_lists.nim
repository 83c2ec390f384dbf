# S3.9: a hang-up alone wakes both sides, even of a pipe's reader; with data only the side that is ready
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  proc run(text: string) =
    let (r, w) = newPipe()
    if text != "": put(w, text)
    addWrite(r, proc (fd: AsyncFD): bool =
      echo "write list"
      true)
    addRead(r, proc (fd: AsyncFD): bool =
      var c: char
      let n = read(fd.cint, addr c, 1)
      echo "read list, bytes ", n
      n == 0)
    discard close(w.cint)
    while hasPendingOperations():
      poll()
      echo "polled, counted ", activeDescriptors()
  run("")
  run("x")

main()
