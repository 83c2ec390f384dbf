# The micro cases in Nim: `micro CASE N`. Prints the nanoseconds of CPU of one operation; `lateness` microseconds.
import std/[algorithm, asyncdispatch, monotimes, os, strutils, times]

let n = parseInt(paramStr(2))

proc soonSelf() =
  var left = n
  proc again() {.gcsafe.} =
    dec left
    if left > 0: callSoon(again)
  callSoon(again)
  while left > 0: poll(0)

proc soonQueued() =
  var done = 0
  for _ in 1 .. n: callSoon(proc () = inc done)
  while done < n: poll(0)

proc awaitFinished() {.async.} =
  for i in 1 .. n:
    let fut = newFuture[int]("bench")
    fut.complete(i)
    doAssert (await fut) == i

proc awaitSoon() {.async.} =
  for i in 1 .. n:
    let fut = newFuture[int]("bench")
    callSoon(proc () = fut.complete(i))
    doAssert (await fut) == i

proc ready(i: int): Future[int] {.async.} = return i

proc readyProc() {.async.} =
  for i in 1 .. n: doAssert (await ready(i)) == i

proc timersFire() =
  var done = 0
  for i in 1 .. n:
    sleepAsync(1 + i mod 100).addCallback(proc () = inc done)
  while done < n: poll()

proc timeout() {.async.} =
  for i in 1 .. n:
    let fut = newFuture[int]("bench")
    callSoon(proc () = fut.complete(i))
    doAssert await fut.withTimeout(10_000)

proc sleepZero() {.async.} =
  for _ in 1 .. n: await sleepAsync(0)

proc lateness() {.async.} =
  var late: seq[float]
  for _ in 1 .. n:
    let begun = getMonoTime()
    await sleepAsync(5)
    late.add((getMonoTime() - begun).inNanoseconds.float / 1000 - 5000)
  late.sort()
  echo late[late.len div 2]

proc events() =
  var left = n
  let event = newAsyncEvent()
  addEvent(event, proc (fd: AsyncFD): bool =
    dec left
    if left > 0: event.trigger()
    false)
  event.trigger()
  while left > 0: poll()

let begun = cpuTime()
case paramStr(1)
of "soon-self": soonSelf()
of "soon-queued": soonQueued()
of "await-finished": waitFor awaitFinished()
of "await-soon": waitFor awaitSoon()
of "proc-ready": waitFor readyProc()
of "timers-fire": timersFire()
of "timeout-unfired": waitFor timeout()
of "sleep-zero": waitFor sleepZero()
of "events": events()
of "lateness":
  waitFor lateness()
  quit()
else: quit("no such case", 1)
echo (cpuTime() - begun) * 1e9 / n.float
