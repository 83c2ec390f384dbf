# S1.20, S1.21, S1.22, S1.13: one a descriptor, whichever sides and however many callbacks; given up at the end of its turn
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0
  let (a, b) = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(a)
  register(b)
  proc cb(name: string): Callback =
    result = proc (fd: AsyncFD): bool =
      echo name, ": counted ", activeDescriptors()
      true
  addRead(a, cb("read 1"))
  echo "counted ", activeDescriptors()
  addRead(a, cb("read 2"))
  addWrite(a, cb("write 1"))
  addWrite(a, cb("write 2"))
  echo "counted ", activeDescriptors()
  addRead(b, cb("other"))
  echo "counted ", activeDescriptors()
  poll()
  echo "write side done: counted ", activeDescriptors()
  doAssert write(b.cint, "x".cstring, 1) == 1
  poll()
  echo "read side done: counted ", activeDescriptors()
  unregister(b)
  echo "unregistered: counted ", activeDescriptors()

main()
