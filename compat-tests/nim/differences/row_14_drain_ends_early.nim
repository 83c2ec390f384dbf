# S2.20: drain's time shrinks by the whole time since its start in each round
import std/[asyncdispatch, times]

proc main() =
  addTimer(60, false, proc (fd: AsyncFD): bool = false)
  let start = epochTime()
  drain(1200)
  let time = epochTime() - start
  echo "long before its time: ", time < 0.9, ", at its time: ", time >= 1.199

main()
