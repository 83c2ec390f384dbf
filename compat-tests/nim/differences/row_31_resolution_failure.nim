# S4.12, S4.13: a name that cannot be resolved: the call itself raises.
import std/[asyncdispatch, strutils]

proc main() =
  let name = repeat('x', 300)
  try:
    let f = dial(name, Port(80))
    echo "dial returned, finished ", f.finished
    try: discard waitFor f
    except OSError: echo "its future failed"
  except OSError: echo "dial raised"
  let s = createAsyncNativeSocket()
  try:
    let f = connect(s, name, Port(80))
    echo "connect returned, finished ", f.finished
    try: waitFor f
    except OSError: echo "its future failed"
  except OSError: echo "connect raised"

main()
