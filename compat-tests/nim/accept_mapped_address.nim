# S4.9: an IPv4 client of an IPv6 listener is shown as dotted.
import std/[asyncdispatch, net, nativesockets, posix]

proc main() =
  let listener = newSocket(Domain.AF_INET6)
  listener.getFd.setSockOptInt(posix.IPPROTO_IPV6.int, IPV6_V6ONLY, 0)
  listener.bindAddr(Port(0), "::")
  listener.listen()
  register(listener.getFd.AsyncFD)
  let client = newSocket()
  client.connect("127.0.0.1", listener.getFd.getLocalAddr(Domain.AF_INET6)[1])
  echo waitFor(acceptAddr(listener.getFd.AsyncFD)).address

main()
