# S2.12: nobody waits for a due timer: the poll lasts its whole time
import std/[asyncdispatch, times]

proc main() =
  let start = epochTime()
  waitFor sleepAsync(0)
  echo "half a second: ", epochTime() - start > 0.45

main()
