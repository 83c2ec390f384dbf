# S8.2, S2.8: two procs that complete each other's futures take turns within one poll.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  var balls = [newFuture[int]("ball"), newFuture[int]("ball")]
  proc player(i: int) {.async.} =
    while true:
      let ball = await balls[i]
      balls[i] = newFuture[int]("ball")
      echo "player ", i, ": ", ball
      if ball == 5: break
      balls[1 - i].complete(ball + 1)

  let a = player(0)
  let b = player(1)
  balls[0].complete(1)
  poll()
  echo a.finished, " ", b.finished

main()
