# S1.10: unregistering what is not registered is refused
import std/[asyncdispatch, posix, strutils]

proc attempt(fd: AsyncFD) =
  try:
    unregister(fd)
    echo "unregistered"
  except AssertionDefect as e:
    echo "refused: ", e.msg.endsWith("Descriptor " & $fd.int & " is not registered in the selector!")

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  let r = fds[0].AsyncFD
  register(r)
  attempt(r)
  attempt(r)
  register(r)
  attempt(r)
  attempt(r)
  echo "counted ", activeDescriptors()

main()
