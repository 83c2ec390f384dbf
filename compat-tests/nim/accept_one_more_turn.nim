# S4.9, S4.10: acceptAddr finishes in its turn, accept one queue turn later; both add to the read list in order.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  register(listener.getFd.AsyncFD)
  var clients: seq[Socket]
  for i in 1 .. 2:
    clients.add newSocket()
    clients[^1].connect("127.0.0.1", listener.getLocalAddr[1])
  accept(listener.getFd.AsyncFD).addCallback(proc () = echo "accept")
  acceptAddr(listener.getFd.AsyncFD).addCallback(proc () = echo "acceptAddr")
  poll()

main()
