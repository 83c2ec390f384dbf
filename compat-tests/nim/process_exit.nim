# S6.6, S1.25: the watch of a child fires once, is not counted in its callback, and leaves the exit status to be asked for.
import std/[asyncdispatch, osproc, streams]

proc main() =
  let child = startProcess("/bin/sh", args = ["-c", "read line; exit 3"])
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    echo "child ended, counted ", activeDescriptors()
    true)
  echo "counted ", activeDescriptors()
  child.inputStream.write("go\n")
  child.inputStream.flush()
  poll(5000)
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()
  echo "exit code ", child.waitForExit()
  child.close()

main()
