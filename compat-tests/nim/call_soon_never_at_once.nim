# S1.17, S1.3, S2.8: callSoon only appends; first in, first called, from inside a callback too
import std/[asyncdispatch, deques]

proc main() =
  callSoon(proc () =
    echo "first"
    callSoon(proc () = echo "added by the first")
    echo "first ends")
  echo "queue ", getGlobalDispatcher().callbacks.len
  callSoon(proc () = echo "second")
  callSoon(proc () = echo "third")
  echo "queue ", getGlobalDispatcher().callbacks.len
  poll()
  echo "queue ", getGlobalDispatcher().callbacks.len, " pending ", hasPendingOperations()

main()
