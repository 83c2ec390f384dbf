# S6.6: a child ended by a signal fires its watch as well; waitpid tells which.
import std/[asyncdispatch, osproc, posix]

proc main() =
  let child = startProcess("/bin/sleep", args = ["60"])
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    echo "child ended"
    true)
  discard kill(Pid(child.processID), SIGKILL)
  poll(5000)
  var status: cint
  discard waitpid(Pid(child.processID), status, 0)
  echo "signal ", WTERMSIG(status)

main()
