# S4.8: sendTo copies the destination at the call.
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
  var (one, oneAddress) = udp()
  var (two, twoAddress) = udp()
  var (client, clientAddress) = udp()
  var dest = oneAddress
  let f = client.sendTo("for one", dest)
  dest = twoAddress
  let g = client.sendTo("for two", dest)
  dest = clientAddress
  waitFor all(f, g)
  echo waitFor one.recv(100)
  echo waitFor two.recv(100)

main()
