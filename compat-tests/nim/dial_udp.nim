# S4.13: dialling with UDP connects nothing, yet takes a turn; the socket sends to and receives from that peer.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let peer = newSocket(Domain.AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  peer.bindAddr(Port(0), "127.0.0.1")
  let f = asyncdispatch.dial("127.0.0.1", peer.getLocalAddr[1], IPPROTO_UDP)
  echo "on return ", f.finished
  let s = waitFor f
  waitFor s.send("question")
  var data, address: string
  var port: Port
  discard peer.recvFrom(data, 100, address, port)
  echo data, " from ", address
  peer.sendTo(address, port, "answer")
  echo waitFor s.recv(100)

main()
