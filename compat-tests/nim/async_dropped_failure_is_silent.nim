# S8.8: a proc whose future nobody holds may fail without anybody hearing of it.
import std/asyncdispatch

proc background() {.async.} =
  await sleepAsync(1)
  echo "background fails"
  raise newException(ValueError, "unheard")

discard background()
drain(1000)
echo "pending ", hasPendingOperations()
