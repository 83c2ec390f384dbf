# S7.19: a future that fails in time, or had failed before, fails the result; what fails too late is silent
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let before = newFuture[int]("before")
  before.fail(newException(ValueError, "had failed"))
  let later = newFuture[int]("later")
  let late = newFuture[int]("late")
  let a = before.withTimeout(10_000)
  let b = later.withTimeout(10_000)
  let c = late.withTimeout(1)
  later.fail(newException(ValueError, "fails in time"))
  for f in [a, b]:
    try: echo waitFor f
    except ValueError as e: echo e.msg
  echo waitFor c
  late.fail(newException(ValueError, "too late"))
  callSoon(proc () = echo "queue")
  poll(0)
  echo c.failed, " ", late.readError.msg

main()
