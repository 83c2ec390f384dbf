# S4.1, S4.6: an error that is no disconnection fails send, SafeDisconn or not; the descriptor goes on.
import std/[asyncdispatch, posix]

proc main() =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  register(fds[1].AsyncFD)
  let f = fds[1].AsyncFD.send("x")
  echo "on return ", f.finished
  try: waitFor f
  except OSError as e: echo e.msg
  fds[1].AsyncFD.addWrite(proc (fd: AsyncFD): bool =
    echo "writable"
    true)
  poll()
  echo "counted ", activeDescriptors()

main()
