# S2.5: a signal handler that runs while poll waits ends the wait: poll returns with nothing done.
import std/[asyncdispatch, monotimes, osproc, posix, times]

var called = false

proc handler(signal: cint) {.noconv.} = called = true

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[0].AsyncFD)
  addRead(fds[0].AsyncFD, proc (fd: AsyncFD): bool = true)
  signal(SIGUSR1, handler)
  let child = startProcess("/bin/sh", args = ["-c", "sleep 0.2; kill -USR1 " & $getpid()])
  let start = getMonoTime()
  poll(1500)
  echo "handler called ", called, ", waited to the end ", getMonoTime() - start > initDuration(milliseconds = 1400)
  echo "counted ", activeDescriptors()
  discard child.waitForExit()

main()
