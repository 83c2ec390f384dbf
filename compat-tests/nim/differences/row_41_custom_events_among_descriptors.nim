# S2.5, S2.6: an event that became ready before a descriptor is served before it
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  let ev = newAsyncEvent()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "descriptor"
    true)
  addEvent(ev, proc (fd: AsyncFD): bool =
    echo "event"
    true)
  trigger(ev)
  put(w, "x")
  poll()
  echo "counted ", activeDescriptors()

main()
