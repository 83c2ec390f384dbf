# S2.3, S2.6, S2.7, S2.8, S2.9: descriptors see due timers finished; the futures' callbacks come last, behind the queue
import std/[asyncdispatch, posix, os]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  let due = sleepAsync(0)
  let soon = sleepAsync(300)
  due.addCallback(proc () = echo "callback of the due timer")
  soon.addCallback(proc () = echo "callback of the one due meanwhile")
  addRead(r, proc (fd: AsyncFD): bool =
    echo "descriptor: ", due.finished, " ", soon.finished
    callSoon(proc () = echo "queued by the descriptor: ", soon.finished)
    sleep(400)
    true)
  callSoon(proc () = echo "queued before: ", due.finished, " ", soon.finished)
  put(w, "x")
  poll()
  echo "pending ", hasPendingOperations()

main()
