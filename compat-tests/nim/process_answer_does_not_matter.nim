# S6.6, S1.25: a process watch whose callback answers false is over as well.
import std/[asyncdispatch, osproc, streams]

proc main() =
  let child = startProcess("/bin/cat")
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    echo "child ended, counted ", activeDescriptors()
    false)
  poll(0)
  echo "running ", child.running
  child.inputStream.close()
  poll(5000)
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  echo "exit code ", child.waitForExit()

main()
