# S5.1, S4.9, S4.10: closeSocket fails a waiting acceptAddr inside the call, a waiting accept at the next poll.
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
  let f = l.accept()
  let g = l.acceptAddr()
  f.addCallback(proc () = echo "callback of accept: ", f.readError.msg)
  g.addCallback(proc () = echo "callback of acceptAddr: ", g.readError.msg)
  l.closeSocket()
  echo "closed: accept ", f.finished, " acceptAddr ", g.finished
  poll()
  echo "pending ", hasPendingOperations()

main()
