# S4.8, S4.5: what is too big fails; so does sending on a closed direction, SafeDisconn or not.
import std/[asyncdispatch, nativesockets, net, posix, strutils]

proc udp(): (AsyncFD, Sockaddr_in) =
  let s = createAsyncNativeSocket(Domain.AF_INET, SockType.SOCK_DGRAM, Protocol.IPPROTO_UDP)
  var address = Sockaddr_in(sin_family: posix.AF_INET.TSa_Family)
  address.sin_addr.s_addr = posix.htonl(0x7f000001)
  doAssert bindSocket(s.SocketHandle, cast[ptr SockAddr](addr address), sizeof(address).SockLen) == 0
  var length = sizeof(address).SockLen
  doAssert getsockname(s.SocketHandle, cast[ptr SockAddr](addr address), addr length) == 0
  (s, address)

proc sendTo(s: AsyncFD, data: string, dest: var Sockaddr_in): Future[void] =
  s.sendTo(data.cstring, data.len, cast[ptr SockAddr](addr dest), sizeof(dest).SockLen)

proc main() =
  var (server, serverAddress) = udp()
  var (client, clientAddress) = udp()
  try: waitFor client.sendTo(repeat('x', 70_000), serverAddress)
  except OSError as e: echo e.msg
  waitFor client.sendTo("fits", serverAddress)
  echo waitFor server.recv(100)
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  let s = waitFor asyncdispatch.dial("127.0.0.1", listener.getLocalAddr[1])
  discard shutdown(s.SocketHandle, SHUT_WR)
  try: waitFor s.sendTo("on a stream", serverAddress)
  except OSError as e: echo e.msg

main()
