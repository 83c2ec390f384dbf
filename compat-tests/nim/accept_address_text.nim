# S4.9: the address of an accepted client: dotted, IPv6, or unix.
import std/[asyncdispatch, net, nativesockets, posix, os]

proc main() =
  for (domain, host) in [(Domain.AF_INET, "127.0.0.1"), (Domain.AF_INET6, "::1")]:
    let listener = newSocket(domain)
    listener.bindAddr(Port(0), host)
    listener.listen()
    register(listener.getFd.AsyncFD)
    let f = acceptAddr(listener.getFd.AsyncFD)
    echo "on return ", f.finished
    let client = newSocket(domain)
    client.connect(host, listener.getLocalAddr[1])
    let (address, accepted) = waitFor f
    echo address, ", known ", accepted in getGlobalDispatcher(), ", counted ", activeDescriptors()
  let path = getTempDir() / "accept_address_text." & $getCurrentProcessId()
  let listener = newSocket(Domain.AF_UNIX, SockType.SOCK_STREAM, Protocol.IPPROTO_IP)
  listener.bindUnix(path)
  listener.listen()
  register(listener.getFd.AsyncFD)
  let client = newSocket(Domain.AF_UNIX, SockType.SOCK_STREAM, Protocol.IPPROTO_IP)
  client.connectUnix(path)
  echo waitFor(acceptAddr(listener.getFd.AsyncFD)).address
  removeFile(path)

main()
