# Interprets random programs (see "Random programs" in compat-tests/README.md): reads them from a file, runs each on a
# dispatcher of its own and prints its trace. `tests/random/interpret.rs` does the same with the crate, and both must
# print the same, so the guards (`held`) are part of the language: they keep programs off the differences on purpose.
# nim: --opt:speed
import std/[asyncdispatch, deques, heapqueue, os, posix, selectors, strutils]

type
  Op = enum
    opSoon = "soon", opSleep = "sleep", opFar = "far", opCounts = "counts", opPoll = "poll",
    opComplete = "complete", opFail = "fail", opThen = "then", opSet = "set", opClear = "clear", opRead = "read",
    opError = "error", opState = "state", opFresh = "fresh", opAll = "all", opGo = "go", opCheck = "check",
    opAwait = "await", opAttempt = "attempt", opSettle = "settle", opNap = "nap", opCall = "call",
    opRecv = "recv", opSend = "send",
    opReadable = "readable", opWritable = "writable", opPut = "put", opGet = "get", opFill = "fill",
    opDrain = "drain", opRegister = "register", opUnregister = "unregister", opClose = "close", opShut = "shut",
    opReopen = "reopen", opEvent = "event", opTrigger = "trigger", opUnevent = "unevent"

  Ending = enum
    done = "done", again = "again", times = "times", raises = "raises"

  Statement = object
    op: Op
    args: seq[int]

  Script = object
    ending: Ending
    number: int
    body: seq[Statement]

  Place = enum
    loose, registered, closed

  End = object
    fd: cint
    place: Place
    registration: int
    waiting: array[2, int]
    operations: int
    served: bool
    raised: bool
    letters: int

  Event = object
    event: AsyncEvent
    registration: int
    triggered: int
    served: int
    removed: int

  Slot = object
    future: Future[int]
    ofProc: bool

  Case = ref object
    opens: seq[string]
    slots: seq[Slot]
    events: seq[Event]
    ends: seq[End]
    scripts: seq[Script]
    main: seq[Statement]
    fuel: int
    turn: int
    serving: int
    servedEvent: int
    context: string
    text: string

const
  Fuel = 120
  Never = -1

proc say(c: Case, line: string) =
  c.text.add line
  c.text.add '\n'

proc textOf(e: ref Exception): string =
  ## Without the place in the source that assertions begin with.
  let at = e.msg.find("` ")
  result = if at >= 0: e.msg[at + 2 .. ^1] else: e.msg
  if result.startsWith("Descriptor "): result = "Descriptor is not registered"

proc stateOf(f: Future[int]): string =
  if not f.finished: "pending"
  elif f.failed: "failed " & f.readError.msg
  else: "value " & $f.read

# Descriptors

proc openEnds(c: Case, kind: string, at: int) =
  var fds: array[2, cint]
  if kind == "pair": doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  else: doAssert pipe(fds) == 0
  for i, fd in fds:
    doAssert fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) or O_NONBLOCK) == 0
    register(fd.AsyncFD)
    let registration = c.ends[at + i].registration + 1
    c.ends[at + i] = End(fd: fd, place: registered, registration: registration)

proc errorName(): string =
  case errno
  of EAGAIN: "would block"
  of EPIPE: "broken pipe"
  of ECONNRESET: "reset"
  of EBADF: "wrong end"
  else: "error " & $errno

proc take(c: Case, d: int, size: int): string =
  if c.ends[d].place == closed: return "gone"
  var buffer = newString(size)
  let n = posix.read(c.ends[d].fd, addr buffer[0], size)
  if n < 0: errorName()
  elif n == 0: "end"
  else: "'" & buffer[0 ..< n] & "'"

proc letters(c: Case, d: int, size: int): string =
  for i in 0 ..< size:
    result.add char(ord('a') + (c.ends[d].letters + i) mod 26)

proc give(c: Case, d: int, size: int): string =
  if c.ends[d].place == closed: return "gone"
  let data = c.letters(d, size)
  let n = posix.write(c.ends[d].fd, data.cstring, size)
  if n < 0: return errorName()
  inc c.ends[d].letters, n
  "'" & data[0 ..< n] & "'"

proc fill(c: Case, d: int): string =
  result = "full"
  if c.ends[d].place == closed: return "gone"
  let data = repeat('.', 4096)
  while true:
    if posix.write(c.ends[d].fd, data.cstring, data.len) < 0:
      return if errno == EAGAIN: "full" else: errorName()

proc drain(c: Case, d: int): string =
  if c.ends[d].place == closed: return "gone"
  var buffer = newString(4096)
  while true:
    let n = posix.read(c.ends[d].fd, addr buffer[0], buffer.len)
    if n == 0: return "end"
    if n < 0: return if errno == EAGAIN: "empty" else: errorName()

proc forget(c: Case, d: int, place: Place) =
  c.ends[d].place = place
  c.ends[d].waiting = [0, 0]
  c.ends[d].operations = 0
  c.ends[d].served = false
  c.ends[d].raised = false
  inc c.ends[d].registration

# Guards

proc isWaited(e: End): bool = e.waiting[0] + e.waiting[1] > 0 or e.raised

proc isWaited(c: Case): bool =
  for e in c.ends:
    if e.isWaited: return true

proc isSignaled(c: Case, but: int): bool =
  ## Whether an event may be set and not yet served.
  for i, e in c.events:
    if i != but and e.triggered != Never and e.triggered >= e.served: return true

proc mayWait(c: Case, d, side: int): bool =
  ## Whether the order in which descriptors are served does not depend on what the kernel watched before.
  if c.isSignaled(-1) or c.ends[d].place == closed: return false
  result = true
  for i, e in c.ends:
    if i != d and e.isWaited:
      if e.served or (e.waiting[0] > 0 and e.waiting[1] > 0): return false
      if c.ends[d].served or c.ends[d].operations > 0 or c.ends[d].waiting[1 - side] > 0: return false

proc leave(c: Case, d, side: int) =
  dec c.ends[d].waiting[side]
  if c.ends[d].waiting[side] == 0: c.ends[d].served = true

# Running scripts

proc step(c: Case, s: Statement) {.gcsafe.}

proc run(c: Case, k: int, context: string) =
  let outer = c.context
  c.context = context
  c.say "run " & $k
  for s in c.scripts[k].body:
    if c.fuel == 0: break
    dec c.fuel
    c.step(s)
  c.context = outer

proc runQueued(c: Case, k: int) =
  c.run(k, "queue")
  if c.scripts[k].ending == raises and c.fuel > 0:
    raise newException(ValueError, "raised by " & $k)

proc answer(c: Case, k: int, calls: int): bool =
  case c.scripts[k].ending
  of again: false
  of times: calls >= c.scripts[k].number
  else: true

proc addSide(c: Case, d, side, k, size: int) =
  if not c.mayWait(d, side):
    c.say "held, it might be served in another order"
    return
  let registration = c.ends[d].registration
  var calls = 0
  proc cb(fd: AsyncFD): bool =
    let closedBefore = c.ends[d].place == closed
    inc calls
    let name = if side == 0: "readable " else: "writable "
    let moved = if size == 0: "" elif side == 0: " " & c.take(d, size) else: " " & c.give(d, size)
    c.say name & $d & moved
    inc c.serving
    c.run(k, "descriptor")
    dec c.serving
    let same = c.ends[d].registration == registration
    if c.scripts[k].ending == raises and c.fuel > 0 and same and c.ends[d].waiting[side] == 1:
      c.leave(d, side)
      c.ends[d].raised = true
      raise newException(ValueError, "raised by " & $k)
    result = closedBefore or c.fuel == 0 or c.answer(k, calls)
    if result and same: c.leave(d, side)
    c.say "answers " & $result
  if side == 0: addRead(c.ends[d].fd.AsyncFD, cb) else: addWrite(c.ends[d].fd.AsyncFD, cb)
  inc c.ends[d].waiting[side]

proc addEventOf(c: Case, e, k: int) =
  if c.serving > 0 and c.events[e].removed == c.turn:
    c.say "held, it was unregistered in this turn"
    return
  var calls = 0
  var registration = 0
  proc cb(fd: AsyncFD): bool =
    inc calls
    c.events[e].served = c.turn
    c.say "event " & $e
    let outer = c.servedEvent
    c.servedEvent = e
    inc c.serving
    c.run(k, "event")
    dec c.serving
    c.servedEvent = outer
    let same = c.events[e].registration == registration
    if c.scripts[k].ending == raises and c.fuel > 0 and same and not c.isSignaled(e):
      raise newException(ValueError, "raised by " & $k)
    result = not same or c.fuel == 0 or c.answer(k, calls)
    c.say "answers " & $result
  addEvent(c.events[e].event, cb)
  inc c.events[e].registration
  registration = c.events[e].registration

proc watch(c: Case, f: Future[int], k: int, replace: bool) =
  proc cb(f: Future[int]) =
    c.say "told " & stateOf(f)
    c.runQueued(k)
  if replace: f.callback = cb else: f.addCallback(cb)

proc runAsync(c: Case, k: int): Future[int] {.gcsafe.}

proc start(c: Case, k: int): Future[int] =
  ## An async proc up to its first wait.
  let outer = c.context
  result = c.runAsync(k)
  c.context = outer

proc settle(c: Case, slot: int, error: int, value: int) =
  if c.slots[slot].ofProc or c.slots[slot].future.finished:
    c.say "held, it is finished or a proc's"
  elif error == 0:
    c.slots[slot].future.complete(value)
  else:
    c.slots[slot].future.fail(newException(ValueError, "error " & $value))

proc reopen(c: Case, d: int) =
  let first = d - d mod 2
  if c.serving > 0 or c.ends[first].place != closed or c.ends[first + 1].place != closed:
    c.say "held, descriptors are served or open"
    return
  c.openEnds(c.opens[d div 2], first)

proc poll(c: Case) =
  inc c.turn
  try:
    poll(0)
  except Exception as e:
    c.say "poll raised: " & textOf(e)
  let p = getGlobalDispatcher()
  c.say "polled: counted " & $activeDescriptors() & " timers " & $p.timers.len & " queue " & $p.callbacks.len &
    " pending " & $hasPendingOperations()

proc performDescriptor(c: Case, s: Statement) =
  let d = s.args[0]
  case s.op
  of opReadable: c.addSide(d, 0, s.args[1], s.args[2])
  of opWritable: c.addSide(d, 1, s.args[1], s.args[2])
  of opPut: c.say "put " & c.give(d, s.args[1])
  of opGet: c.say "get " & c.take(d, s.args[1])
  of opFill: c.say "fill " & c.fill(d)
  of opDrain: c.say "drain " & c.drain(d)
  of opShut:
    if c.ends[d].place != closed and shutdown(c.ends[d].fd.SocketHandle, SHUT_WR) == 0: c.say "shut"
  of opRegister:
    if c.serving > 0 or c.ends[d].place != loose:
      c.say "held, descriptors are served or registered"
    else:
      register(c.ends[d].fd.AsyncFD)
      c.forget(d, registered)
      c.say "register in " & c.context
  of opUnregister:
    if c.ends[d].operations > 0:
      c.say "held, operations wait"
    elif c.ends[d].place == closed:
      c.say "gone"
    else:
      unregister(c.ends[d].fd.AsyncFD)
      c.forget(d, loose)
      c.say "unregister in " & c.context
  of opClose:
    if c.serving > 0 and c.ends[d].operations > 0:
      c.say "held, operations wait"
    elif c.ends[d].place == registered:
      c.say "close in " & c.context
      c.forget(d, closed)
      closeSocket(c.ends[d].fd.AsyncFD)
    elif c.ends[d].place == loose:
      closeSocket(c.ends[d].fd.AsyncFD)
    else:
      c.say "gone"
  of opReopen: c.reopen(d)
  else: doAssert false

proc performEvent(c: Case, s: Statement) =
  let e = s.args[0]
  case s.op
  of opEvent: c.addEventOf(e, s.args[1])
  of opTrigger:
    if c.isWaited:
      c.say "held, descriptors may be ready too"
    else:
      c.events[e].triggered = c.turn
      c.events[e].event.trigger()
      c.say "trigger in " & c.context
  of opUnevent:
    unregister(c.events[e].event)
    if c.serving > 0 and c.servedEvent != e: c.events[e].removed = c.turn
    c.say "unevent in " & c.context
  else: doAssert false

proc performFuture(c: Case, s: Statement) =
  let slot = s.args[0]
  let f = c.slots[slot].future
  case s.op
  of opComplete: c.settle(slot, 0, s.args[1])
  of opFail: c.settle(slot, 1, s.args[1])
  of opThen: c.watch(f, s.args[1], false)
  of opSet: c.watch(f, s.args[1], true)
  of opClear: f.clearCallbacks()
  of opRead: c.say "read " & $f.read
  of opError: c.say "error " & f.readError.msg
  of opState: c.say "state " & stateOf(f)
  of opFresh: c.slots[slot] = Slot(future: newFuture[int]("fresh"))
  of opGo:
    let f = c.start(s.args[1])
    c.slots[slot] = Slot(future: f, ofProc: true)
    c.say "went " & stateOf(f)
  else: doAssert false

proc performAll(c: Case, s: Statement) =
  let k = s.args[0]
  let every = all(c.slots[s.args[1]].future, c.slots[s.args[2]].future)
  proc cb() =
    c.say if every.failed: "all failed " & every.readError.msg else: "all " & $every.read
    c.runQueued(k)
  every.addCallback(cb)

proc perform(c: Case, s: Statement) =
  case s.op
  of opSoon:
    let k = s.args[0]
    callSoon(proc () = c.runQueued(k))
  of opSleep:
    let k = s.args[0]
    sleepAsync(0).addCallback(proc () = c.runQueued(k))
  of opFar: discard sleepAsync(3_600_000)
  of opCounts:
    c.say "counted " & $activeDescriptors() & " timers " & $getGlobalDispatcher().timers.len & " pending " &
      $hasPendingOperations()
  of opPoll: c.poll()
  of opAll: c.performAll(s)
  of opCheck: asyncCheck c.start(s.args[0])
  of opComplete .. opFresh, opGo: c.performFuture(s)
  of opReadable .. opReopen: c.performDescriptor(s)
  of opEvent .. opUnevent: c.performEvent(s)
  else: doAssert false

proc step(c: Case, s: Statement) =
  try:
    c.perform(s)
  except Exception as e:
    c.say "! " & textOf(e)

# Async procs

proc begin(c: Case, d, side: int): int =
  if c.ends[d].place == registered:
    inc c.ends[d].waiting[side]
    inc c.ends[d].operations
  c.ends[d].registration

proc finish(c: Case, d, side, registration: int) =
  if c.ends[d].place == registered and c.ends[d].registration == registration:
    c.leave(d, side)
    dec c.ends[d].operations

proc receive(c: Case, d, size: int) {.async.} =
  if not c.mayWait(d, 0):
    c.say "held, it might be served in another order"
    return
  let registration = c.begin(d, 0)
  try:
    let data = await recv(c.ends[d].fd.AsyncFD, size)
    c.finish(d, 0, registration)
    c.say "received '" & data & "'"
  except CatchableError as e:
    c.finish(d, 0, registration)
    c.say "recv failed: " & e.msg

proc transmit(c: Case, d, size: int) {.async.} =
  if not c.mayWait(d, 1):
    c.say "held, it might be served in another order"
    return
  let registration = c.begin(d, 1)
  let data = c.letters(d, size)
  inc c.ends[d].letters, size
  try:
    await send(c.ends[d].fd.AsyncFD, data)
    c.finish(d, 1, registration)
    c.say "sent '" & data & "'"
  except CatchableError as e:
    c.finish(d, 1, registration)
    c.say "send failed: " & e.msg

proc runAsync(c: Case, k: int): Future[int] {.async.} =
  c.say "begin " & $k
  for s in c.scripts[k].body:
    if c.fuel == 0: break
    dec c.fuel
    c.context = "proc"
    case s.op
    of opAwait:
      c.say "got " & $(await c.slots[s.args[0]].future)
    of opAttempt:
      try:
        c.say "got " & $(await c.slots[s.args[0]].future)
      except ValueError as e:
        c.say "caught " & e.msg
    of opSettle:
      let f = c.slots[s.args[0]].future
      yield f
      c.say "settled " & stateOf(f)
    of opNap:
      await sleepAsync(0)
      c.say "rested"
    of opCall:
      c.say "back with " & $(await c.runAsync(s.args[0]))
    of opRecv:
      await c.receive(s.args[0], s.args[1])
    of opSend:
      await c.transmit(s.args[0], s.args[1])
    else: c.step(s)
  c.say "end " & $k
  if c.scripts[k].ending == raises and c.fuel > 0:
    raise newException(ValueError, "raised by " & $k)
  return k

# Cases

proc statement(words: seq[string]): Statement =
  result.op = parseEnum[Op](words[0])
  for word in words[1 .. ^1]: result.args.add parseInt(word)

proc parse(lines: seq[string]): Case =
  result = Case(fuel: Fuel, context: "main", servedEvent: Never)
  var inMain = false
  for line in lines:
    let words = line.splitWhitespace
    case words[0]
    of "open": result.opens.add words[1]
    of "futures":
      for _ in 1 .. parseInt(words[1]): result.slots.add Slot(future: newFuture[int]("slot"))
    of "events":
      for _ in 1 .. parseInt(words[1]): result.events.add Event(triggered: Never, removed: Never)
    of "script": result.scripts.add Script(ending: parseEnum[Ending](words[1]), number: parseInt(words[2]))
    of "main": inMain = true
    elif inMain: result.main.add statement(words)
    else: result.scripts[^1].body.add statement(words)

proc cleanUp(c: Case) =
  for e in c.events:
    try: unregister(e.event)
    except Exception: discard
    e.event.close()
  for e in c.ends:
    if e.place != closed: discard posix.close(e.fd)
  let p = getGlobalDispatcher()
  p.callbacks.clear()
  p.getIoHandler().close()

proc runCase(lines: seq[string]): string =
  setGlobalDispatcher(newDispatcher())
  let c = parse(lines)
  c.ends.setLen(2 * c.opens.len)
  for i, kind in c.opens: c.openEnds(kind, 2 * i)
  for e in c.events.mitems: e.event = newAsyncEvent()
  for s in c.main:
    c.context = "main"
    c.step(s)
  for i in 0 ..< c.slots.len: c.say "future " & $i & " " & stateOf(c.slots[i].future)
  c.cleanUp()
  c.text

proc main() =
  signal(SIGPIPE, SIG_IGN)
  var lines: seq[string]
  for line in lines(paramStr(1)):
    if line.startsWith("case "):
      stdout.writeLine line
      lines = @[]
    elif line == "end":
      stdout.write runCase(lines)
      stdout.flushFile()
    else: lines.add line

main()
