# S5.1, S1.16, S1.29: closeSocket calls every waiting callback at once, readers first, with a descriptor that is not registered any more.
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
  proc say(name: string): Callback =
    return proc (fd: AsyncFD): bool =
      echo name, ", known ", fd in getGlobalDispatcher(), " counted ", activeDescriptors()
      true
  a.addWrite(say "writer 1")
  a.addRead(say "reader 1")
  a.addWrite(say "writer 2")
  a.addRead(say "reader 2")
  echo "counted ", activeDescriptors()
  a.closeSocket()
  echo "closed, pending ", hasPendingOperations()

main()
