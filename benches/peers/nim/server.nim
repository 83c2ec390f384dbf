# The echo servers in Nim: `server FORM TRAFFIC BUFFER`, FORM async or callbacks, TRAFFIC tcp, once or udp.
import std/[asyncdispatch, nativesockets, os, posix, strutils]

let
  form = paramStr(1)
  traffic = paramStr(2)
  size = parseInt(paramStr(3))

proc bound(kind: SockType, protocol: nativesockets.Protocol): AsyncFD =
  result = createAsyncNativeSocket(nativesockets.AF_INET, kind, protocol)
  var name: Sockaddr_in
  name.sin_family = typeof(name.sin_family)(posix.AF_INET)
  name.sin_addr.s_addr = posix.htonl(0x7f000001'u32)
  if bindAddr(result.SocketHandle, cast[ptr SockAddr](addr name), sizeof(name).SockLen) < 0:
    raiseOSError(osLastError())
  if kind == nativesockets.SOCK_STREAM and nativesockets.listen(result.SocketHandle, 4096) < 0:
    raiseOSError(osLastError())
  echo "port ", getSockName(result.SocketHandle).int
  flushFile(stdout)

proc noDelay(fd: AsyncFD) =
  setSockOptInt(fd.SocketHandle, posix.IPPROTO_TCP.int, TCP_NODELAY.int, 1)

# Small messages as strings, large ones in a buffer that stays: what suits each best.
proc small(client: AsyncFD) {.async.} =
  noDelay(client)
  while true:
    let data = await client.recv(size)
    if data.len == 0: break
    await client.send(data)
    if traffic == "once": break
  closeSocket(client)

proc large(client: AsyncFD) {.async.} =
  noDelay(client)
  let buffer = alloc(size)
  while true:
    let count = await client.recvInto(buffer, size)
    if count == 0: break
    await client.send(buffer, count)
  dealloc(buffer)
  closeSocket(client)

proc serve() {.async.} =
  let listener = bound(nativesockets.SOCK_STREAM, nativesockets.IPPROTO_TCP)
  while true:
    let client = await listener.accept()
    asyncCheck(if size > 8192: large(client) else: small(client))

proc datagrams() {.async.} =
  let socket = bound(nativesockets.SOCK_DGRAM, nativesockets.IPPROTO_UDP)
  let buffer = alloc(size)
  while true:
    var
      address: Sockaddr_storage
      length = sizeof(address).SockLen
    let count = await socket.recvFromInto(buffer, size, cast[ptr SockAddr](addr address), addr length)
    await socket.sendTo(buffer, count, cast[ptr SockAddr](addr address), length)

proc echoing(fd: AsyncFD) =
  noDelay(fd)
  var
    buffer = newString(size)
    unsent = 0
    sent = 0

  proc sendRest(fd: AsyncFD): bool {.gcsafe.} =
    while sent < unsent:
      let count = posix.send(fd.SocketHandle, addr buffer[sent], unsent - sent, MSG_NOSIGNAL)
      if count < 0: return false
      inc sent, count
    true

  proc onData(fd: AsyncFD): bool {.gcsafe.} =
    unsent = posix.recv(fd.SocketHandle, addr buffer[0], size, 0)
    sent = 0
    if unsent < 0: return false
    if unsent == 0:
      closeSocket(fd)
      return true
    if sendRest(fd): return false
    addWrite(fd, proc (fd: AsyncFD): bool {.gcsafe.} =
      result = sendRest(fd)
      if result: addRead(fd, onData))
    true

  addRead(fd, onData)

proc callbacks() =
  let listener = bound(nativesockets.SOCK_STREAM, nativesockets.IPPROTO_TCP)
  addRead(listener, proc (fd: AsyncFD): bool =
    let client = posix.accept4(fd.SocketHandle, nil, nil, SOCK_CLOEXEC or O_NONBLOCK)
    if client != osInvalidSocket:
      register(client.AsyncFD)
      echoing(client.AsyncFD)
    false)

if form == "callbacks": callbacks()
elif traffic == "udp": asyncCheck datagrams()
else: asyncCheck serve()
runForever()
