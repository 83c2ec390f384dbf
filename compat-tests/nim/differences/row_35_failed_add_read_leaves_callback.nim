# S3.2: the callback of a failed addRead stays in the list and is called when the descriptor can be watched
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let file = posix.open("/proc/self/exe", O_RDONLY)
  let fd = file.AsyncFD
  register(fd)
  try:
    addRead(fd, proc (fd: AsyncFD): bool =
      echo "of the failed call"
      true)
  except CatchableError as e:
    echo "raised: ", e.msg
  doAssert dup2(fds[0], file) == file
  doAssert write(fds[1], "x".cstring, 1) == 1
  addRead(fd, proc (fd: AsyncFD): bool =
    echo "of the second call"
    true)
  poll()
  echo "counted ", activeDescriptors()

main()
