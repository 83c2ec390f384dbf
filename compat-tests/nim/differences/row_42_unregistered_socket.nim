# S4.1, S4.6: an operation on an unregistered socket: the call itself raises.
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
  a.unregister()
  try:
    let f = a.recv(10)
    echo "recv returned, finished ", f.finished
    echo f.readError.msg
  except ValueError as e: echo "recv raised: ", e.msg
  try:
    let f = a.send("x")
    echo "send returned, finished ", f.finished
    echo f.readError.msg
  except ValueError as e: echo "send raised: ", e.msg
  try:
    let f = a.accept()
    echo "accept returned, finished ", f.finished
    echo f.readError.msg
  except ValueError as e: echo "accept raised: ", e.msg

main()
