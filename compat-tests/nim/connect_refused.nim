# S4.12: a refused connect fails; the socket stays registered and open.
import std/[asyncdispatch, net, nativesockets]

proc listen(): (AsyncFD, Port) =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  listener.getFd.setBlocking(false)
  register(listener.getFd.AsyncFD)
  (listener.getFd.AsyncFD, listener.getLocalAddr[1])

proc main() =
  let (gone, closedPort) = listen()
  gone.closeSocket()
  let s = createAsyncNativeSocket()
  let f = connect(s, "127.0.0.1", closedPort)
  echo "on return ", f.finished
  try: waitFor f
  except OSError as e: echo e.msg
  echo "known ", s in getGlobalDispatcher(), " counted ", activeDescriptors()

main()
