# S4.13, S8.3: dial's future is finished in the queue phase, after what was queued before.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let peer = newSocket(Domain.AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  peer.bindAddr(Port(0), "127.0.0.1")
  discard getGlobalDispatcher()
  callSoon(proc () = echo "queued before")
  asyncdispatch.dial("127.0.0.1", peer.getLocalAddr[1], IPPROTO_UDP).addCallback(proc () = echo "dialled")
  callSoon(proc () = echo "queued after")
  poll()

main()
