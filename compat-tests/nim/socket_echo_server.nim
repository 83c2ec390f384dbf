# S4.3, S4.7, S4.10, S4.13, S8.8: an echo server as everybody writes it, and three clients one after the other.
import std/[asyncdispatch, net, nativesockets]

proc handle(client: AsyncFD) {.async.} =
  while true:
    let data = await client.recv(1024)
    if data.len == 0: break
    await client.send(data)
  echo "server: client is gone"
  client.closeSocket()

proc serve(listener: AsyncFD) {.async.} =
  while true:
    let client = await listener.accept()
    client.SocketHandle.setBlocking(false)
    asyncCheck handle(client)

proc talk(name: string, port: Port) {.async.} =
  let s = await asyncdispatch.dial("127.0.0.1", port)
  for word in ["hello", "from", name]:
    await s.send(word)
    echo name, ": ", await s.recv(1024)
  s.closeSocket()

proc main() =
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  listener.getFd.setBlocking(false)
  register(listener.getFd.AsyncFD)
  asyncCheck serve(listener.getFd.AsyncFD)
  for name in ["ann", "bob", "eve"]:
    waitFor talk(name, listener.getLocalAddr[1])
    poll()

main()
