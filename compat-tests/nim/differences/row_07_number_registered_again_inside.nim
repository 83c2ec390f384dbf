# S3.8: unregister and register of the same number inside a callback that answers false: it moves to the new registration
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  var calls = 0
  addRead(r, proc (fd: AsyncFD): bool =
    inc calls
    echo "old, call ", calls
    if calls == 1:
      unregister(fd)
      register(fd)
      addRead(fd, proc (fd: AsyncFD): bool =
        echo "new"
        true)
    calls == 2)
  put(w, "x")
  for i in 1 .. 2:
    callSoon(proc () = echo "queue")
    poll(0)
  echo "counted ", activeDescriptors()

main()
