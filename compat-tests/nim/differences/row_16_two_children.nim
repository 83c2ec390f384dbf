# S6.6: two children are watched; the death of one breaks the poll, and one watcher never hears of its child.
import std/[asyncdispatch, osproc, posix]

proc main() =
  var calls = 0
  var children: seq[Process]
  proc watch(child: Process) =
    addProcess(child.processID, proc (fd: AsyncFD): bool =
      inc calls
      true)
  for i in 1 .. 2:
    children.add startProcess("/bin/sleep", args = ["60"])
    watch children[^1]
  var raised = false
  for child in children:
    discard kill(Pid(child.processID), SIGKILL)
    for i in 1 .. 4:
      try:
        if hasPendingOperations(): poll(100)
      except CatchableError: raised = true
  echo "poll raised ", raised
  echo "both called ", calls == 2

main()
