# S4.9: accepting on a socket that does not listen fails; so does accepting without a free descriptor.
import std/[asyncdispatch, net, nativesockets, posix]

proc main() =
  let s = createAsyncNativeSocket()
  let f = s.accept()
  echo "on return ", f.finished
  try: discard waitFor f
  except OSError as e: echo e.msg
  let listener = newSocket()
  listener.bindAddr(Port(0), "127.0.0.1")
  listener.listen()
  register(listener.getFd.AsyncFD)
  let client = newSocket()
  client.connect("127.0.0.1", listener.getLocalAddr[1])
  var limit: RLimit
  discard getrlimit(RLIMIT_NOFILE, limit)
  let before = limit.rlim_cur
  limit.rlim_cur = 0
  discard setrlimit(RLIMIT_NOFILE, limit)
  let g = acceptAddr(listener.getFd.AsyncFD)
  poll()
  limit.rlim_cur = before
  discard setrlimit(RLIMIT_NOFILE, limit)
  echo g.readError.msg
  echo "later ", waitFor(acceptAddr(listener.getFd.AsyncFD)).address

main()
