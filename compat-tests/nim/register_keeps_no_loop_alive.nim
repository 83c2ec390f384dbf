# S1.9, S1.19, S2.2: with only a registered descriptor, even a readable one, poll has nothing to wait for
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[0].AsyncFD)
  doAssert write(fds[1], "x".cstring, 1) == 1
  try:
    poll()
    echo "polled"
  except ValueError as e:
    echo "poll raised: ", e.msg
  echo "known ", fds[0].AsyncFD in getGlobalDispatcher()

main()
