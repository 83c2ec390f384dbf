# S6.6, S8.2: a proc that awaits the end of one child after the other.
import std/[asyncdispatch, osproc]

proc ended(child: Process): Future[void] =
  let f = newFuture[void]("ended")
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    f.complete()
    true)
  return f

proc run() {.async.} =
  for code in 1 .. 3:
    let child = startProcess("/bin/sh", args = ["-c", "sleep 0.1; exit " & $code])
    await child.ended()
    echo "exit code ", child.waitForExit()
    child.close()

waitFor run()
echo "counted ", activeDescriptors()
