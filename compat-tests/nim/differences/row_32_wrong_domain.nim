# S4.12, S4.11: connecting with another domain than the socket's is a defect; a socket that cannot be made is -1.
import std/[asyncdispatch, nativesockets]

proc main() =
  let s = createAsyncNativeSocket()
  try:
    let f = connect(s, "127.0.0.1", Port(9), Domain.AF_INET6)
    echo "returned, failed ", f.failed
  except AssertionDefect: echo "connect raised a defect"
  try:
    let bad = createAsyncNativeSocket(9999, 9999, 9999)
    echo "created ", bad.cint
  except OSError: echo "refused"

main()
