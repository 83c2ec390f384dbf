# S6.5: the end of a watch unblocks the signal, which was blocked before: the next one kills the process.
import std/[asyncdispatch, posix]

proc main() =
  let child = fork()
  if child == 0:
    var mask, old: Sigset
    discard sigemptyset(mask)
    discard sigaddset(mask, SIGUSR1)
    discard sigprocmask(SIG_BLOCK, mask, old)
    addSignal(SIGUSR1, proc (fd: AsyncFD): bool = true)
    discard kill(getpid(), SIGUSR1)
    poll()
    discard kill(getpid(), SIGUSR1)
    quit 0
  var status: cint
  discard waitpid(child, status, 0)
  if WIFSIGNALED(status): echo "killed by the second signal: ", WTERMSIG(status) == SIGUSR1
  else: echo "lives"

main()
