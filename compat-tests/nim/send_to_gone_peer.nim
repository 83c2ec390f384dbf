# S4.1, S4.6: the peer is gone: success with SafeDisconn though nothing arrives, an error without.
import std/[asyncdispatch, nativesockets, posix]

proc pair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_STREAM, 0, fds) == 0
  for fd in fds:
    fd.SocketHandle.setBlocking(false)
    register(fd.AsyncFD)
  (fds[0].AsyncFD, fds[1].AsyncFD)

proc main() =
  let (a, b) = pair()
  b.closeSocket()
  let f = a.send("lost")
  waitFor f
  echo "with SafeDisconn, failed ", f.failed
  try: waitFor a.send("lost", {})
  except OSError as e: echo "without: ", e.msg
  let s = createAsyncNativeSocket()
  waitFor s.send("unconnected")
  echo "unconnected with SafeDisconn"
  try: waitFor s.send("unconnected", {})
  except OSError as e: echo "without: ", e.msg

main()
