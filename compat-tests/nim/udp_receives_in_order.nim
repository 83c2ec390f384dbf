# S4.2, S4.5: three receives wait; three datagrams serve them in order, in one poll.
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
  proc ask(name: string) =
    let f = server.recv(100)
    f.addCallback(proc () = echo name, " ", f.read)
  for name in ["first", "second", "third"]: ask name
  proc deliver(text: string) =
    doAssert sendto(client.SocketHandle, text.cstring, text.len, 0, cast[ptr SockAddr](addr serverAddress), sizeof(serverAddress).SockLen) == text.len
  for text in ["a", "b", "c"]: deliver text
  poll()
  echo "counted ", activeDescriptors()

main()
