# S7.8, S7.9: what read and readError do in each state.
import std/asyncdispatch

proc main() =
  discard getGlobalDispatcher()
  proc tryRead(f: Future[int]) =
    try: echo "read: ", f.read
    except CatchableError as e: echo "read raised: ", e.msg
    try: echo "readError: ", f.readError.msg
    except CatchableError as e: echo "readError raised: ", e.msg

  let f = newFuture[int]("f")
  tryRead f
  f.complete(3)
  tryRead f
  tryRead f
  let g = newFuture[int]("g")
  g.fail(newException(IOError, "broken"))
  tryRead g
  tryRead g

main()
