# S5.1: the first callback that answers false keeps closeSocket from calling the others.
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
  proc add(i: int) =
    a.addRead(proc (fd: AsyncFD): bool =
      echo "reader ", i
      i != 1)
  for i in 1 .. 3: add i
  try: a.closeSocket()
  except ValueError as e: echo e.msg

main()
