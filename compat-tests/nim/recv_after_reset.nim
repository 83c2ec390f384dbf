# S4.1, S4.3, S4.4, S4.5: a reset is the end of the stream with SafeDisconn, an error without, and always for recvFromInto.
import std/[asyncdispatch, net, nativesockets, posix]

proc tcpPair(): (AsyncFD, Socket) =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  let client = newSocket()
  client.connect("127.0.0.1", listener.getLocalAddr[1])
  var server: Socket
  listener.accept(server)
  listener.close()
  server.getFd.setBlocking(false)
  register(server.getFd.AsyncFD)
  (server.getFd.AsyncFD, client)

proc resetSocket(): AsyncFD =
  let (server, client) = tcpPair()
  waitFor server.send("never read")
  client.close()
  return server

proc main() =
  echo "'", waitFor resetSocket().recv(10), "'"
  var buf: array[10, char]
  echo waitFor resetSocket().recvInto(addr buf, 10)
  try: echo waitFor resetSocket().recv(10, {})
  except OSError as e: echo "recv: ", e.msg
  try: echo waitFor resetSocket().recvInto(addr buf, 10, {})
  except OSError as e: echo "recvInto: ", e.msg
  var address: Sockaddr_storage
  var length = sizeof(address).SockLen
  try: echo waitFor resetSocket().recvFromInto(addr buf, 10, cast[ptr SockAddr](addr address), addr length)
  except OSError as e: echo "recvFromInto: ", e.msg

main()
