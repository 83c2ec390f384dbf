# S5.1, S4.12: closeSocket raises when a connect waits, whose future never finishes.
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
  let s = createAsyncNativeSocket()
  let f = connect(s, "127.0.0.1", port)
  try:
    s.closeSocket()
    echo "closed"
  except OSError as e: echo "closeSocket raised: ", e.msg
  for i in 1 .. 3:
    if hasPendingOperations(): poll(1)
  if f.finished: echo "connect: ", f.readError.msg
  else: echo "connect: still pending"

main()
