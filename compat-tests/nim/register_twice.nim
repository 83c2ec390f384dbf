# S1.9: a second registration of a number is refused and changes nothing
import std/[asyncdispatch, posix, strutils]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let r = fds[0].AsyncFD
  register(r)
  addRead(r, proc (fd: AsyncFD): bool =
    echo "still called"
    true)
  try:
    register(r)
    echo "registered twice"
  except AssertionDefect as e:
    echo "refused, already registered: ", e.msg.endsWith("Descriptor " & $fds[0] & " already registered")
  echo "counted ", activeDescriptors()
  doAssert write(fds[1], "x".cstring, 1) == 1
  poll()
  echo "counted ", activeDescriptors()

main()
