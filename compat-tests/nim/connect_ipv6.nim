# S4.12: an IPv6 socket connects to an IPv6 address, and with domain AF_INET6 to an IPv4 one too.
import std/[asyncdispatch, net, nativesockets]

proc main() =
  let six = newSocket(Domain.AF_INET6)
  six.bindAddr(Port(0), "::1")
  six.listen()
  let four = newSocket()
  four.bindAddr(Port(0), "127.0.0.1")
  four.listen()
  register(six.getFd.AsyncFD)
  register(four.getFd.AsyncFD)
  let a = createAsyncNativeSocket(Domain.AF_INET6)
  waitFor connect(a, "::1", six.getLocalAddr[1], Domain.AF_INET6)
  echo waitFor(acceptAddr(six.getFd.AsyncFD)).address
  let b = createAsyncNativeSocket(Domain.AF_INET6)
  waitFor connect(b, "127.0.0.1", four.getLocalAddr[1], Domain.AF_INET6)
  echo waitFor(acceptAddr(four.getFd.AsyncFD)).address

main()
