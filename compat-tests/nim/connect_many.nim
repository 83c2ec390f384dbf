# S4.12, S8.2: several connects wait at a time; each answers for itself.
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
  var failed = 0
  proc go(port: Port): Future[bool] {.async.} =
    let s = createAsyncNativeSocket()
    try:
      await connect(s, "127.0.0.1", port)
      result = true
    except OSError as e:
      if e.msg == "Connection refused": inc failed
  echo waitFor all(go(port), go(closedPort), go(port), go(closedPort))
  echo "failed ", failed, " counted ", activeDescriptors()
  for i in 1 .. 2: echo waitFor(acceptAddr(l)).address

main()
