# S1.9, S1.14: a number not below maxDescriptors is refused; the limit is the soft one, less one
import std/[asyncdispatch, posix]

proc main() =
  var limit: RLimit
  doAssert getrlimit(RLIMIT_NOFILE, limit) == 0
  echo "soft limit less one: ", maxDescriptors() == limit.rlim_cur - 1
  for number in [maxDescriptors(), maxDescriptors() + 1, maxDescriptors() + 1000]:
    try:
      register(number.AsyncFD)
      echo "registered"
    except CatchableError as e:
      echo "refused: ", e.msg
  echo "counted ", activeDescriptors(), " pending ", hasPendingOperations()

main()
