# S5.1, S4.8, S4.5: closeSocket fails a waiting sendTo and recvFromInto inside the call, readers first.
import std/[asyncdispatch, net, nativesockets, posix]

proc main() =
  let s = createAsyncNativeSocket(Domain.AF_INET, SockType.SOCK_DGRAM, Protocol.IPPROTO_UDP)
  var dest = Sockaddr_in(sin_family: posix.AF_INET.TSa_Family, sin_port: posix.htons(9))
  dest.sin_addr.s_addr = posix.htonl(0x7f000001)
  var data = "datagram"
  var buf: array[8, char]
  var address: Sockaddr_storage
  var length = sizeof(address).SockLen
  let f = s.sendTo(addr data[0], data.len, cast[ptr SockAddr](addr dest), sizeof(dest).SockLen)
  let g = s.recvFromInto(addr buf, 8, cast[ptr SockAddr](addr address), addr length)
  f.addCallback(proc () = echo "callback of sendTo: ", f.readError.msg)
  g.addCallback(proc () = echo "callback of recvFromInto: ", g.readError.msg)
  s.closeSocket()
  echo "closed: ", f.finished, " ", g.finished
  poll()

main()
