# S4.13: dial takes the family from the address.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let listener = newSocket(Domain.AF_INET6)
  listener.bindAddr(Port(0), "::1")
  listener.listen()
  register(listener.getFd.AsyncFD)
  let s = waitFor asyncdispatch.dial("::1", listener.getLocalAddr[1])
  echo s.SocketHandle.getSockDomain == Domain.AF_INET6
  echo waitFor(acceptAddr(listener.getFd.AsyncFD)).address

main()
