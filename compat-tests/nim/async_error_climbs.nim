# S8.1, S8.3: an error climbs the awaiting procs one queue turn a level, past those that do not catch it.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  let f = newFuture[void]("f")
  proc a() {.async.} =
    await f
    echo "not here"

  proc b() {.async.} =
    try:
      await a()
    except IOError as e:
      echo "b caught ", e.msg
      raise newException(ValueError, "b makes it another")

  proc c() {.async.} =
    await b()
    echo "not here either"

  let done = c()
  f.fail(newException(IOError, "first"))
  callSoon(proc () = echo "soon")
  poll()
  echo "c failed: ", done.readError.msg

main()
