# S5.1, S4.10, S8.1: closing the listener ends the proc that accepts from it, with an error.
import std/[asyncdispatch, net, nativesockets]

proc serve(listener: AsyncFD): Future[int] {.async.} =
  try:
    while true:
      let client = await listener.accept()
      inc result
      client.closeSocket()
  except OSError as e:
    echo "server ends: ", e.msg

proc main() =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  let l = listener.getFd.AsyncFD
  let port = listener.getLocalAddr[1]
  register(l)
  let served = serve(l)
  for i in 1 .. 2:
    let s = waitFor asyncdispatch.dial("127.0.0.1", port)
    echo "client hears '", waitFor s.recv(10), "'"
    s.closeSocket()
  l.closeSocket()
  echo "closed, server finished ", served.finished
  echo "served ", waitFor served

main()
