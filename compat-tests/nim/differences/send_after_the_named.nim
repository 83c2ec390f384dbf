# S2.5, S4.8: a datagram is sent in the order in which its socket has become writable, among those that are readable
import std/[asyncdispatch, nativesockets, posix]

proc udp(): (AsyncFD, Sockaddr_in) =
  let s = createAsyncNativeSocket(Domain.AF_INET, SockType.SOCK_DGRAM, Protocol.IPPROTO_UDP)
  var address = Sockaddr_in(sin_family: posix.AF_INET.TSa_Family)
  address.sin_addr.s_addr = posix.htonl(0x7f000001)
  doAssert bindSocket(s.SocketHandle, cast[ptr SockAddr](addr address), sizeof(address).SockLen) == 0
  var length = sizeof(address).SockLen
  doAssert getsockname(s.SocketHandle, cast[ptr SockAddr](addr address), addr length) == 0
  (s, address)

proc main() =
  let (client, _) = udp()
  var
    (server, address) = udp()
    data = "x"
  proc sends(label: string) =
    let sent = client.sendTo(addr data[0], 1, cast[ptr SockAddr](addr address), sizeof(address).SockLen)
    sent.addCallback(proc () = echo label)
  proc receives() =
    let received = server.recv(1)
    received.addCallback(proc () = echo "received")
  sends("sent")
  poll()
  receives()
  poll()
  sends("sent again")
  doAssert sendto(client.SocketHandle, addr data[0], 1, 0, cast[ptr SockAddr](addr address), sizeof(address).SockLen) == 1
  receives()
  poll()
  echo "counted ", activeDescriptors()

main()
