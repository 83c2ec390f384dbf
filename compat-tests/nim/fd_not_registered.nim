# S3.2: watching what is not registered is an error of the call
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  unregister(r)
  for side in 1 .. 2:
    try:
      if side == 1: addRead(r, proc (fd: AsyncFD): bool = true)
      else: addWrite(r, proc (fd: AsyncFD): bool = true)
      echo "added"
    except ValueError as e:
      echo "raised: ", e.msg
  echo "counted ", activeDescriptors()

main()
