# S5.1, S4.1: closing an unregistered descriptor is an error.
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
  a.closeSocket()
  try: a.closeSocket()
  except ValueError as e: echo e.msg
  b.unregister()
  try: b.closeSocket()
  except ValueError as e: echo e.msg

main()
