# S2.20: drain's time shrinks by the whole time since its start in each round
import std/[asyncdispatch, times]

proc main() =
  addTimer(20, false, proc (fd: AsyncFD): bool = false)
  let start = epochTime()
  drain(400)
  let time = epochTime() - start
  echo "long before its time: ", time < 0.3, ", at its time: ", time >= 0.399

main()
