# S5.1: the futures' callbacks run in read-list, write-list order, whatever the order of the calls was.
import std/[asyncdispatch, nativesockets, posix]

proc pair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_STREAM, 0, fds) == 0
  for fd in fds:
    fd.SocketHandle.setBlocking(false)
    register(fd.AsyncFD)
  (fds[0].AsyncFD, fds[1].AsyncFD)

proc main() =
  let (a, b) = pair()
  var buf: array[8, char]
  a.send("w1").addCallback(proc () = echo "send 1")
  a.recv(10).addCallback(proc () = echo "recv 1")
  a.send("w2").addCallback(proc () = echo "send 2")
  a.recvInto(addr buf, 8).addCallback(proc () = echo "recv 2")
  a.closeSocket()
  callSoon(proc () = echo "queued after")
  poll()

main()
