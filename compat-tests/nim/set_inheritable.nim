# S1.15: sets and clears close-on-exec; false for a bad descriptor
import std/[asyncdispatch, posix]

proc closeOnExec(fd: AsyncFD): bool = (fcntl(fd.cint, F_GETFD) and FD_CLOEXEC) != 0

proc main() =
  let s = createAsyncNativeSocket()
  echo "at first: ", closeOnExec(s)
  echo setInheritable(s, true), " ", closeOnExec(s)
  echo setInheritable(s, true), " ", closeOnExec(s)
  echo setInheritable(s, false), " ", closeOnExec(s)
  closeSocket(s)
  echo "closed: ", setInheritable(s, true), " ", setInheritable(s, false)

main()
