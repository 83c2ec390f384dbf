# S5.1, S4.3, S4.4, S4.5: closeSocket fails waiting receives inside the call; their callbacks run at the next poll.
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
  var address: Sockaddr_storage
  var length = sizeof(address).SockLen
  let f = a.recv(10)
  let g = a.recvInto(addr buf, 8)
  let h = a.recvFromInto(addr buf, 8, cast[ptr SockAddr](addr address), addr length)
  f.addCallback(proc () = echo "callback of recv")
  g.addCallback(proc () = echo "callback of recvInto")
  h.addCallback(proc () = echo "callback of recvFromInto")
  a.closeSocket()
  echo "closed: ", f.finished, " ", g.finished, " ", h.finished, " counted ", activeDescriptors()
  echo f.readError.msg
  poll()
  echo g.readError.msg
  echo h.readError.msg

main()
