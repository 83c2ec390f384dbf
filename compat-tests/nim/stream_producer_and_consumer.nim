# S7.25, S7.30, S8.2: a producer that sleeps and a consumer that reads, until the end.
import std/asyncdispatch

proc produce(s: FutureStream[int]) {.async.} =
  for i in 1 .. 4:
    await s.write(i)
    echo "wrote ", i
    if i mod 2 == 0: await sleepAsync(1)
  s.complete()
  echo "completed"

proc consume(s: FutureStream[int]): Future[int] {.async.} =
  while true:
    let (has, x) = await s.read()
    if not has: break
    echo "read ", x
    result += x

discard getGlobalDispatcher()
let s = newFutureStream[int]("s")
let sum = consume(s)
asyncCheck produce(s)
echo "sum ", waitFor sum
