# S2.5: at most 64 descriptors a poll, the rest in the next ones, in the order of their readiness
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  var served: seq[int]
  var writers: seq[AsyncFD]
  proc watch(number: int) =
    let (r, w) = newPipe()
    writers.add w
    addRead(r, proc (fd: AsyncFD): bool =
      served.add number
      true)
  for i in 0 ..< 150: watch(i)
  for w in writers: put(w, "x")
  var before = 0
  while hasPendingOperations():
    poll()
    echo "served ", served.len - before, ", counted ", activeDescriptors()
    before = served.len
  var inOrder = true
  for i, number in served: inOrder = inOrder and number == i
  echo "in order ", inOrder

main()
