# The Nim side of the soak: `peer serve` echoes and prints its port, `peer dial PORT` talks with an echo server.
import std/[asyncdispatch, asyncnet, os, random, strutils]

proc echoAll(client: AsyncSocket) {.async.} =
  while true:
    let data = await client.recv(4096)
    if data.len == 0: break
    await client.send(data)
  client.close()

proc serve() {.async.} =
  let server = newAsyncSocket(buffered = false) # a buffered one waits for all that was asked for
  server.bindAddr(Port(0), "127.0.0.1")
  server.listen()
  let (_, port) = server.getLocalAddr()
  echo port.int
  flushFile(stdout)
  while true:
    asyncCheck echoAll(await server.accept())

proc dialAll(port: Port) {.async.} =
  var connections = 0
  while true:
    let socket = newAsyncSocket()
    await socket.connect("127.0.0.1", port)
    for round in 1 .. rand(1 .. 5):
      let data = repeat(chr(rand(255)), rand(1 .. 20_000))
      await socket.send(data)
      var back = ""
      while back.len < data.len:
        let more = await socket.recv(data.len - back.len)
        doAssert more.len > 0, "the server ended early"
        back.add more
      doAssert back == data, "other bytes came back"
    socket.close()
    inc connections
    echo connections
    flushFile(stdout)
    await sleepAsync(rand(3))

randomize()
case paramStr(1)
of "serve": waitFor serve()
of "dial": waitFor dialAll(Port(parseInt(paramStr(2))))
else: quit "serve or dial"
