# S1.19, S1.20, S1.22: new, connected and accepted sockets count nothing; waiting operations do
import std/[asyncdispatch, nativesockets]

proc main() =
  let listener = createAsyncNativeSocket()
  echo "created: ", activeDescriptors()
  var name: Sockaddr_in
  name.sin_family = AF_INET.TSa_Family
  discard bindAddr(listener.SocketHandle, cast[ptr SockAddr](addr name), sizeof(name).SockLen)
  discard listen(listener.SocketHandle)
  let port = getSockName(listener.SocketHandle)
  let accepted = accept(listener)
  echo "accepting: ", activeDescriptors()
  let client = waitFor dial("127.0.0.1", port)
  let peer = waitFor accepted
  echo "connected: ", activeDescriptors(), " known ", client in getGlobalDispatcher(), " ", peer in getGlobalDispatcher()
  let f = recv(peer, 10)
  echo "receiving: ", activeDescriptors()
  waitFor send(client, "hello")
  echo "got ", waitFor(f), ", counted ", activeDescriptors()
  for s in [listener, client, peer]: closeSocket(s)
  echo "closed: ", activeDescriptors(), " pending ", hasPendingOperations()

main()
