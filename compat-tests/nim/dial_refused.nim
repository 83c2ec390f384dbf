# S4.13: dial fails with the last address's error and leaves nothing behind.
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
  l.closeSocket()
  let f = asyncdispatch.dial("127.0.0.1", port)
  echo "on return ", f.finished
  try: discard waitFor f
  except OSError as e: echo e.msg
  echo "pending ", hasPendingOperations()

main()
