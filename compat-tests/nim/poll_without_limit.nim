# S2.11: poll(-1) waits for a descriptor as long as it takes; due timers are processed after the wait
# nim: --threads:on
import std/[asyncdispatch, posix, os]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len
proc later(w: AsyncFD) {.thread.} =
  sleep(700)
  put(w, "x")

proc main() =
  let (r, w) = newPipe()
  let due = sleepAsync(0)
  due.addCallback(proc () = echo "timer's callback")
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read, timer finished: ", due.finished
    true)
  poll(-1)
  addRead(r, proc (fd: AsyncFD): bool = true)
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  poll(0)
  echo "pending ", hasPendingOperations()

main()
