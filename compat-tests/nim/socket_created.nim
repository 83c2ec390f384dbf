# S4.11, S1.19: a created socket is non-blocking and registered, and counts for nothing.
import std/[asyncdispatch, nativesockets, posix]

proc show(name: string, fd: AsyncFD) =
  let handle = fd.SocketHandle
  let flags = fcntl(fd.cint, F_GETFL)
  echo name, ": type ", handle.getSockOptInt(SOL_SOCKET.int, SO_TYPE.int) == posix.SOCK_STREAM,
    " inet ", handle.getSockDomain == Domain.AF_INET, " non-blocking ", (flags and O_NONBLOCK) != 0,
    " known ", fd in getGlobalDispatcher(), " counted ", activeDescriptors()

proc main() =
  show "default", createAsyncNativeSocket()
  show "IPv6 datagrams", createAsyncNativeSocket(Domain.AF_INET6, SockType.SOCK_DGRAM, Protocol.IPPROTO_UDP)
  show "by numbers", createAsyncNativeSocket(posix.AF_INET, posix.SOCK_STREAM, posix.IPPROTO_TCP)
  show "local", createAsyncNativeSocket(posix.AF_UNIX, posix.SOCK_STREAM, 0)
  echo "pending ", hasPendingOperations()

main()
