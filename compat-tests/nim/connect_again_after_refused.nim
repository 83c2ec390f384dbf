# S4.12: after a refused connect the same socket can be used again; Linux aborts the first attempt, the next one connects.
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
  let (l, port) = listen()
  let s = createAsyncNativeSocket()
  for p in [closedPort, port, port]:
    try:
      waitFor connect(s, "127.0.0.1", p)
      echo "connected"
    except OSError as e: echo e.msg
  echo waitFor(acceptAddr(l)).address

main()
