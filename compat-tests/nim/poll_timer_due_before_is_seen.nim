# S2.3, S2.9: several due timers finish in the order of their deadlines, before any callback of a descriptor
import std/[asyncdispatch, posix, os]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  proc timer(ms: int): Future[void] =
    result = sleepAsync(ms)
    result.addCallback(proc () = echo "timer ", ms)
  let timers = [timer(300), timer(100), timer(200)]
  addRead(r, proc (fd: AsyncFD): bool =
    for f in timers: echo "finished ", f.finished
    true)
  put(w, "x")
  sleep(400)
  poll()

main()
