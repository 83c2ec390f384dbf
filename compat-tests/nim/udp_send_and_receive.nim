# S4.5, S4.8: a datagram, the address of its sender, and an answer to it.
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
  var buf = newString(100)
  var peer: Sockaddr_in
  var length = sizeof(peer).SockLen
  let f = server.recvFromInto(addr buf[0], buf.len, cast[ptr SockAddr](addr peer), addr length)
  var question = "question"
  let g = client.sendTo(question, serverAddress)
  echo "on return ", f.finished, " ", g.finished, " counted ", activeDescriptors()
  waitFor g
  let n = waitFor f
  echo buf[0 ..< n], " from the client ", peer == clientAddress
  var answer = "answer"
  waitFor server.sendTo(answer, peer)
  echo waitFor client.recv(100)
  echo "counted ", activeDescriptors()

main()
