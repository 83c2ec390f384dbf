# S2.19, S2.5: a nested poll serves descriptors that the outer one has not come to; the outer one then finds nobody there
import std/[asyncdispatch, posix]

proc newPipe(): (AsyncFD, AsyncFD) =
  var fds: array[2, cint]
  doAssert pipe(fds) == 0
  result = (fds[0].AsyncFD, fds[1].AsyncFD)
  register(result[0])

proc put(fd: AsyncFD, text: string) = doAssert write(fd.cint, text.cstring, text.len) == text.len

proc main() =
  var writers: array[3, AsyncFD]
  proc watch(i: int) =
    let (r, w) = newPipe()
    writers[i] = w
    addRead(r, proc (fd: AsyncFD): bool =
      echo "pipe ", i, " begins"
      if i == 0: poll()
      echo "pipe ", i, " ends"
      true)
  for i in 0 .. 2: watch(i)
  for w in writers: put(w, "x")
  poll()
  echo "polled, counted ", activeDescriptors()

main()
