# S4.1: the error of a failed receive has the system's number (only-2.2: written by hand).
import std/[asyncdispatch, posix]

proc main() =
  let s = createAsyncNativeSocket()
  try: echo waitFor s.recv(10)
  except OSError as e: echo "not connected: ", e.errorCode == ENOTCONN

main()
