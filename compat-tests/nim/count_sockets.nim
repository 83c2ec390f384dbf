# S1.19, S1.20, S1.22: new, connected and accepted sockets count nothing; waiting operations do
import std/[asyncdispatch, net]

proc main() =
  let server = newSocket()
  server.bindAddr(Port(0), "127.0.0.1")
  server.listen()
  let listener = server.getFd.AsyncFD
  register(listener)
  echo "created: ", activeDescriptors()
  let accepted = accept(listener)
  echo "accepting: ", activeDescriptors()
  let client = waitFor asyncdispatch.dial("127.0.0.1", server.getLocalAddr[1])
  let peer = waitFor accepted
  echo "connected: ", activeDescriptors(), " known ", client in getGlobalDispatcher(), " ", peer in getGlobalDispatcher()
  let f = recv(peer, 10)
  echo "receiving: ", activeDescriptors()
  waitFor send(client, "hello")
  echo "got ", waitFor(f), ", counted ", activeDescriptors()
  for s in [listener, client, peer]: closeSocket(s)
  echo "closed: ", activeDescriptors(), " pending ", hasPendingOperations()

main()
