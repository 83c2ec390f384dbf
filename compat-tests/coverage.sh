#!/usr/bin/env bash
# Which lines and branches of `src` the workspace's tests run through, doctests among them: `bash compat-tests/coverage.sh`.
# Prints a table of files and the lines that nothing has run; `ROBUSTNESS.md` explains those.
# Ends with 77, and says so aloud, if what it needs is not installed.
set -eEuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing() {
    echo "==> MISSING: $1" >&2
    exit 77
}

# Branches and doctests are seen by the nightly only.
rustc +nightly --version >/dev/null 2>&1 || missing "the nightly toolchain (rustup toolchain install nightly)"
cargo llvm-cov --version >/dev/null 2>&1 || missing "cargo-llvm-cov (cargo install cargo-llvm-cov)"
[ -n "${LLVM_COV:-}" ] || rustup component list --toolchain nightly --installed | grep -q '^llvm-tools' ||
    missing "llvm-tools (rustup component add llvm-tools --toolchain nightly), or LLVM_COV and LLVM_PROFDATA of the same LLVM"

# Nim is asked elsewhere. The hundreds of processes of the twins write into the same few files.
export TWINS_RECORDED=1 LLVM_PROFILE_FILE_NAME="asyncdispatch-%8m.profraw" CARGO_TARGET_DIR="${COVERAGE_TARGET_DIR:-$PWD/target/coverage}"
of_ours=(--workspace --exclude asyncdispatch-loom-tests)

cargo +nightly llvm-cov clean --workspace
cargo +nightly llvm-cov --no-report --branch --doctests --all-features --no-fail-fast "${of_ours[@]}" </dev/null
cargo +nightly llvm-cov report --branch --doctests --ignore-filename-regex '/(compat-tests|examples|benches)/' --show-missing-lines
