# S6.3: a sleep of a fraction of a millisecond.
import std/[asyncdispatch, monotimes, times]

proc main() =
  proc run() {.async.} =
    let start = getMonoTime()
    await sleepAsync(0.5)
    echo "0.5 ms have passed: ", (getMonoTime() - start).inMicroseconds >= 500
    await sleepAsync(20.25)
    echo "20.75 ms have passed: ", (getMonoTime() - start).inMicroseconds >= 20_750
    await sleepAsync(0.0)
    await sleepAsync(-3.5)
    echo "end"

  waitFor run()

main()
