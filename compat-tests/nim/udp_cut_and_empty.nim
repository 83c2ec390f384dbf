# S4.5: a datagram longer than the buffer is cut without a word; an empty one is 0 bytes with an address.
import std/[asyncdispatch, nativesockets, posix]

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
  for text in ["a long datagram", "", "short"]:
    waitFor client.sendTo(text, serverAddress)
  for i in 1 .. 3:
    var buf = newString(6)
    var peer: Sockaddr_in
    var length = sizeof(peer).SockLen
    let n = waitFor server.recvFromInto(addr buf[0], buf.len, cast[ptr SockAddr](addr peer), addr length)
    echo n, " '", buf[0 ..< n], "' ", peer == clientAddress

main()
