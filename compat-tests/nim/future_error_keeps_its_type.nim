# S7.5, S7.8: the error that read raises is the one given to fail, type and fields, every time.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  type RedisError = object of CatchableError
    code: int

  let f = newFuture[string]("f")
  let e = newException(RedisError, "WRONGTYPE")
  e.code = 7
  f.fail(e)
  for i in 1 .. 2:
    try:
      echo f.read
    except RedisError as e:
      echo e.msg, " ", e.code
  echo f.readError of RedisError
  f.addCallback(proc (g: Future[string]) = echo "callback sees failed=", g.failed)
  poll()

main()
