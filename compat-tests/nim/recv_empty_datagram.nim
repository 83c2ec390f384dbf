# S4.3, S4.4: an empty datagram is an empty result; the next one is received as usual.
import std/[asyncdispatch, nativesockets, posix]

proc main() =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_DGRAM, 0, fds) == 0
  register(fds[0].AsyncFD)
  for text in ["", "one", "", "two"]:
    discard send(fds[1].SocketHandle, text.cstring, text.len, 0)
  echo "'", waitFor fds[0].AsyncFD.recv(10), "'"
  echo "'", waitFor fds[0].AsyncFD.recv(2), "'"
  var buf: array[10, char]
  echo waitFor fds[0].AsyncFD.recvInto(addr buf, 10)
  echo "'", waitFor fds[0].AsyncFD.recv(10), "'"

main()
