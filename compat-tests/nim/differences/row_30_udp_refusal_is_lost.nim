# S3.9: the refusal that a connected UDP socket hears of is eaten by the selector: the receive goes on waiting.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let peer = newSocket(Domain.AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  peer.bindAddr(Port(0), "127.0.0.1")
  let port = peer.getLocalAddr[1]
  peer.close()
  let s = waitFor asyncdispatch.dial("127.0.0.1", port, IPPROTO_UDP)
  let f = s.recv(100)
  waitFor s.send("anybody there?")
  for i in 1 .. 5:
    if not f.finished: poll(20)
  if f.finished: echo f.readError.msg
  else: echo "still pending"

main()
