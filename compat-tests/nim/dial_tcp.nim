# S4.13, S1.19: dial gives a connected, registered, non-blocking socket that counts for nothing.
import std/[asyncdispatch, net, nativesockets, posix]

proc listen(): (AsyncFD, Port) =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  listener.getFd.setBlocking(false)
  register(listener.getFd.AsyncFD)
  (listener.getFd.AsyncFD, listener.getLocalAddr[1])

proc main() =
  let (l, port) = listen()
  let f = asyncdispatch.dial("127.0.0.1", port)
  echo "on return ", f.finished
  let s = waitFor f
  echo "known ", s in getGlobalDispatcher(), " counted ", activeDescriptors()
  echo "non-blocking ", (fcntl(s.cint, F_GETFL) and O_NONBLOCK) != 0
  let c = waitFor accept(l)
  c.SocketHandle.setBlocking(false)
  waitFor s.send("hello")
  echo waitFor c.recv(100)
  s.closeSocket()
  echo "'", waitFor c.recv(100), "'"

main()
