# S3.2: a regular file can be registered but not watched
import std/[asyncdispatch, posix]

proc main() =
  let file = posix.open("/proc/self/exe", O_RDONLY)
  let fd = file.AsyncFD
  register(fd)
  for side in 1 .. 2:
    try:
      if side == 1: addRead(fd, proc (fd: AsyncFD): bool = true)
      else: addWrite(fd, proc (fd: AsyncFD): bool = true)
      echo "added"
    except CatchableError as e:
      echo "raised: ", e.msg
  echo "counted ", activeDescriptors(), " known ", fd in getGlobalDispatcher()
  unregister(fd)
  echo "known ", fd in getGlobalDispatcher()

main()
