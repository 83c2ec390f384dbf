# S1.25: a process is counted until its callback is called
import std/[asyncdispatch, osproc]

proc main() =
  let child = startProcess("/bin/sh", args = ["-c", "read x"])
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    echo "ended: ", activeDescriptors()
    false)
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  poll(0)
  echo "counted ", activeDescriptors()
  child.terminate()
  poll(5000)
  echo "counted ", activeDescriptors()

main()
