# S4.9, S4.10, S4.11: sockets are close-on-exec unless asked to be inheritable.
import std/[asyncdispatch, net, nativesockets, posix]

proc inheritable(fd: AsyncFD): bool = (fcntl(fd.cint, F_GETFD) and FD_CLOEXEC) == 0

proc main() =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  let l = listener.getFd.AsyncFD
  register(l)
  var clients: seq[Socket]
  for i in 1 .. 4:
    clients.add newSocket()
    clients[^1].connect("127.0.0.1", listener.getLocalAddr[1])
  echo "accept ", inheritable(waitFor l.accept())
  echo "accept, inheritable ", inheritable(waitFor l.accept(inheritable = true))
  echo "acceptAddr ", inheritable(waitFor(l.acceptAddr()).client)
  echo "acceptAddr, inheritable ", inheritable(waitFor(l.acceptAddr(inheritable = true)).client)
  echo "created ", inheritable(createAsyncNativeSocket())
  echo "created, inheritable ", inheritable(createAsyncNativeSocket(inheritable = true))

main()
