# S4.5, S4.8: datagrams between IPv6 sockets.
import std/[asyncdispatch, nativesockets, posix]

proc udp6(): (AsyncFD, Sockaddr_in6) =
  let s = createAsyncNativeSocket(Domain.AF_INET6, SockType.SOCK_DGRAM, Protocol.IPPROTO_UDP)
  var address = Sockaddr_in6(sin6_family: posix.AF_INET6.TSa_Family)
  address.sin6_addr = in6addr_loopback
  doAssert bindSocket(s.SocketHandle, cast[ptr SockAddr](addr address), sizeof(address).SockLen) == 0
  var length = sizeof(address).SockLen
  doAssert getsockname(s.SocketHandle, cast[ptr SockAddr](addr address), addr length) == 0
  (s, address)

proc main() =
  var (server, serverAddress) = udp6()
  var (client, clientAddress) = udp6()
  var data = "over six"
  waitFor client.sendTo(addr data[0], data.len, cast[ptr SockAddr](addr serverAddress), sizeof(serverAddress).SockLen)
  var buf = newString(100)
  var peer: Sockaddr_in6
  var length = sizeof(peer).SockLen
  let n = waitFor server.recvFromInto(addr buf[0], buf.len, cast[ptr SockAddr](addr peer), addr length)
  echo buf[0 ..< n], " from the client ", peer.sin6_port == clientAddress.sin6_port

main()
