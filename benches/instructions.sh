#!/usr/bin/env bash
# User instructions of a request, by callgrind: `benches/instructions.sh [CASE-FILTER]`, such as `echo-64B-50`.
# They are the same however busy the machine is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || { echo "valgrind is not installed" >&2; exit 1; }
cargo bench --bench peers -- --instructions "$@"
