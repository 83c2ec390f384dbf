# S2.10: poll(0) does what is due and does not wait
import std/[asyncdispatch, posix, times]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  let later = sleepAsync(10_000)
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  let start = epochTime()
  poll(0)
  echo "nothing was due"
  put(w, "x")
  callSoon(proc () = echo "queue")
  poll(0)
  let due = sleepAsync(0)
  poll(0)
  echo "due ", due.finished, ", later ", later.finished
  echo "no wait ", epochTime() - start < 2.0

main()
