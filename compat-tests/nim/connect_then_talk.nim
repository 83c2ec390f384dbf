# S4.12, S4.1: connect is never finished on return; afterwards both sides talk.
import std/[asyncdispatch, net, nativesockets]

proc listen(): (AsyncFD, Port) =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  listener.getFd.setBlocking(false)
  register(listener.getFd.AsyncFD)
  (listener.getFd.AsyncFD, listener.getLocalAddr[1])

proc main() =
  let (l, port) = listen()
  let s = createAsyncNativeSocket()
  let f = connect(s, "127.0.0.1", port)
  echo "on return ", f.finished, " counted ", activeDescriptors()
  waitFor f
  echo "connected, counted ", activeDescriptors()
  let c = waitFor accept(l)
  c.SocketHandle.setBlocking(false)
  waitFor s.send("ping")
  echo waitFor c.recv(10)
  waitFor c.send("pong")
  echo waitFor s.recv(10)

main()
