# S2.17, S2.13: what a process callback raises leaves through poll; it is no longer counted
import std/[asyncdispatch, osproc]

proc main() =
  let child = startProcess("/bin/sh", args = ["-c", "read x"])
  addProcess(child.processID, proc (fd: AsyncFD): bool =
    echo "ended"
    raise newException(ValueError, "from the process"))
  child.terminate()
  try:
    poll(5000)
    echo "polled"
  except ValueError as e:
    echo "poll raised: ", e.msg
  echo "counted ", activeDescriptors()

main()
