# S7.32: of several waiting reads the newest is served first; at the end only the newest hears of it.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let s = newFutureStream[int]("s")
  let a = s.read()
  let b = s.read()
  let c = s.read()
  discard s.write(1)
  echo a.finished, " ", b.finished, " ", c.finished
  for i in 2 .. 3: discard s.write(i)
  echo a.read[1], " ", b.read[1], " ", c.read[1]
  let d = s.read()
  let e = s.read()
  s.complete()
  echo "end: ", d.finished, " ", e.finished

main()
