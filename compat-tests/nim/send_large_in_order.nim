# S4.2, S4.6: sends larger than the socket's buffer go out one after the other, never mixed.
import std/[asyncdispatch, nativesockets, posix, strutils]

proc pair(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert socketpair(posix.AF_UNIX, posix.SOCK_STREAM, 0, fds) == 0
  for fd in fds:
    fd.SocketHandle.setBlocking(false)
    register(fd.AsyncFD)
  (fds[0].AsyncFD, fds[1].AsyncFD)

proc main() =
  let (a, b) = pair()
  var sent: seq[char]
  proc sendAll(c: char) =
    a.send(repeat(c, 600_000)).addCallback(proc () = sent.add c)
  for c in ['a', 'b', 'c']: sendAll c
  poll()
  echo "the buffer is full, sent ", sent.len, " counted ", activeDescriptors()
  var got = ""
  while got.len < 1_800_000:
    got.add waitFor b.recv(100_000)
  while sent.len < 3: poll()
  echo "order ", sent
  echo got == repeat('a', 600_000) & repeat('b', 600_000) & repeat('c', 600_000)
  echo "counted ", activeDescriptors()

main()
