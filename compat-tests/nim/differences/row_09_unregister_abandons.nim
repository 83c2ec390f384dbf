# S1.10: futures that wait on a descriptor hang when it is unregistered; raw callbacks are dropped uncalled
import std/[asyncdispatch, posix]

proc newPair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  for fd in fds: register(fd.AsyncFD)

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  let (a, b) = newPair()
  let f = recv(a, 10)
  f.addCallback(proc () = echo "callback of recv")
  addRead(a, proc (fd: AsyncFD): bool =
    echo "raw callback"
    true)
  unregister(a)
  callSoon(proc () = echo "queue")
  poll()
  echo "finished ", f.finished

main()
