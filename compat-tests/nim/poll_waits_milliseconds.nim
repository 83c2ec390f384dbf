# S2.1: poll answers nothing, and its argument is in milliseconds
import std/[asyncdispatch, monotimes, posix, times]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let idle = fds[0].AsyncFD
  register(idle)
  addRead(idle, proc (fd: AsyncFD): bool = true)
  for ms in [20, 200]:
    let start = getMonoTime()
    poll(ms)
    let passed = getMonoTime() - start
    echo ms, ": not earlier ", passed >= initDuration(milliseconds = ms),
      ", not a thousand times later ", passed < initDuration(seconds = ms)
  echo "result ", typeof(poll(1))

main()
