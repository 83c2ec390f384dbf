# S6.6: a child that has died before it is watched: its watch is counted and never fires.
import std/[asyncdispatch, osproc, posix]

var P_PID {.importc, header: "<sys/wait.h>".}: cint

proc main() =
  let child = startProcess("/bin/sh", args = ["-c", "exit 3"])
  var info: SigInfo
  discard waitid(P_PID, Id(child.processID), info, WEXITED or WNOWAIT)
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    echo "called"
    true)
  for i in 1 .. 3:
    if hasPendingOperations(): poll(100)
  if hasPendingOperations(): echo "still pending"
  echo "exit code ", child.waitForExit()

main()
