# S1.9, S1.11, S3.2: negative numbers, and those beyond the table, are a defect even where a question is asked
import std/asyncdispatch

template attempt(what: string, body: untyped) =
  try: echo what, ": ", body
  except IndexDefect: echo what, ": IndexDefect"
  except CatchableError: echo what, ": refused"

proc main() =
  attempt "contains -1", (-1).AsyncFD in getGlobalDispatcher()
  attempt "contains 5000", 5000.AsyncFD in getGlobalDispatcher()
  attempt "register -1":
    register((-1).AsyncFD)
    "registered"

main()
