# S4.12: a connect that the system finishes at once goes through the queue all the same.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let peer = newSocket(Domain.AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  peer.bindAddr(Port(0), "127.0.0.1")
  let s = createAsyncNativeSocket(Domain.AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  let f = connect(s, "127.0.0.1", peer.getLocalAddr[1])
  f.addCallback(proc () = echo "connected")
  echo "on return ", f.finished, " counted ", activeDescriptors()
  poll()
  waitFor s.send("datagram")
  var data, address: string
  var port: Port
  discard peer.recvFrom(data, 100, address, port)
  echo data, " from ", address

main()
