# S4.1: an error that is no disconnection fails the future with the system's words, SafeDisconn or not.
import std/[asyncdispatch, posix]

proc main() =
  let s = createAsyncNativeSocket()
  try: echo waitFor s.recv(10)
  except OSError as e: echo e.msg
  var buf: array[10, char]
  try: echo waitFor s.recvInto(addr buf, 10, {})
  except OSError as e: echo e.msg
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[0].AsyncFD)
  discard write(fds[1], "x".cstring, 1)
  let f = fds[0].AsyncFD.recv(10)
  echo "on return ", f.failed
  try: echo waitFor f
  except OSError as e: echo e.msg
  echo "counted ", activeDescriptors()

main()
