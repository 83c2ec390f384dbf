# S2.4, S2.9: with nothing ready poll returns at the end of its time, without an error and with nothing done
import std/[asyncdispatch, posix, times]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (r, w) = newPipe()
  addRead(r, proc (fd: AsyncFD): bool =
    echo "read"
    true)
  let start = epochTime()
  poll(40)
  let time = epochTime() - start
  echo "waited ", time >= 0.039, ", not for ever ", time < 2.0
  echo "pending ", hasPendingOperations()
  put(w, "x")
  poll(10_000)
  echo "pending ", hasPendingOperations()

main()
