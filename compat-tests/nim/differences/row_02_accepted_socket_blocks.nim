# S4.9: an accepted socket is left in blocking mode.
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
  let client = newSocket()
  client.connect("127.0.0.1", port)
  let accepted = waitFor l.accept()
  echo "non-blocking ", (fcntl(accepted.cint, F_GETFL) and O_NONBLOCK) != 0

main()
