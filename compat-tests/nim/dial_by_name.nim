# S4.13: dial tries the addresses of a name until one answers (localhost may have one of each family).
import std/[asyncdispatch, net, nativesockets]

proc listen(): (AsyncFD, Port) =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  listener.getFd.setBlocking(false)
  register(listener.getFd.AsyncFD)
  (listener.getFd.AsyncFD, listener.getLocalAddr[1])

proc main() =
  let (l, port) = listen()
  let s = waitFor asyncdispatch.dial("localhost", port)
  echo waitFor(acceptAddr(l)).address
  echo s.SocketHandle.getSockDomain == Domain.AF_INET, " counted ", activeDescriptors()

main()
