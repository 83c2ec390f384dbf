# S4.9: two accepts wait and one client comes: the second accept breaks the poll and is lost.
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
  let f = l.acceptAddr()
  let g = l.acceptAddr()
  var clients: seq[Socket]
  for i in 1 .. 2:
    clients.add newSocket()
    clients[^1].connect("127.0.0.1", port)
    try:
      poll(50)
      echo "polled"
    except AssertionDefect: echo "poll raised a defect"
    except ValueError as e: echo "poll raised: ", e.msg
    echo "first ", f.finished, " second ", g.finished

main()
