# S7.26, S7.27: completing a failed stream and failing an ended one are defects; nothing changes.
import std/[asyncdispatch, strutils]

proc main() =
  discard getGlobalDispatcher()
  let a = newFutureStream[int]("a")
  a.fail(newException(IOError, "first"))
  try: a.complete()
  except AssertionDefect as e: echo "complete: ", e.msg.endsWith("Trying to complete failed stream")
  try: a.fail(newException(IOError, "second"))
  except AssertionDefect: echo "fail after fail: defect"
  echo a.error.msg
  let b = newFutureStream[int]("b")
  b.complete()
  try: b.fail(newException(IOError, "third"))
  except AssertionDefect: echo "fail after complete: defect"
  echo b.failed, " ", b.finished

main()
