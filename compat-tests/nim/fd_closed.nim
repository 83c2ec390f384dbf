# S3.2: a descriptor that was closed behind the dispatcher's back cannot be watched, but unregistered
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  callSoon(proc () = echo "the dispatcher is there")
  poll()
  let (r, w) = newPipe()
  discard close(r.cint)
  try:
    addRead(r, proc (fd: AsyncFD): bool = true)
    echo "added"
  except CatchableError as e:
    echo "raised: ", e.msg
  echo "counted ", activeDescriptors(), " known ", r in getGlobalDispatcher()
  unregister(r)
  echo "known ", r in getGlobalDispatcher()

main()
