# S4.9, S4.2: several clients wait: each accept takes one, in the order of their connecting.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  register(listener.getFd.AsyncFD)
  var clients: seq[Socket]
  for i in 1 .. 3:
    clients.add newSocket()
    clients[^1].connect("127.0.0.1", listener.getLocalAddr[1])
    clients[^1].send("client " & $i)
  for i in 1 .. 3:
    let accepted = waitFor accept(listener.getFd.AsyncFD)
    echo waitFor(accepted.recv(100)), ", counted ", activeDescriptors()

main()
