# S5.1: closeSocket calls the waiting callbacks with the closed number, which may be another socket's by then.
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
  a.addRead(proc (fd: AsyncFD): bool =
    let stranger = createAsyncNativeSocket()
    echo "the callback's descriptor is a new socket's: ", fd == stranger
    echo "registered: ", fd in getGlobalDispatcher()
    true)
  a.closeSocket()

main()
