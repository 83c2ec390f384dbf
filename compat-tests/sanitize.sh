#!/usr/bin/env bash
# The tests under a checker: `bash compat-tests/sanitize.sh address|thread|memcheck|layout`.
# Ends with 77, and says so aloud, if what it needs is not installed.
set -eEuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=x86_64-unknown-linux-gnu
build="${SANITIZE_TARGET_DIR:-$PWD/target/sanitize}"
# Those that start no cargo and no Nim, by which nothing of ours would be checked.
tests=(--test cancel --test hostile --test stale_keys --test selector --test stream --test teardown --test remote
    --test lent_selector --test fd_stream --test fd_stream_rules --test conversions --test std_futures --test pending
    --test bad_input --test unhandled --test model)
# What threads share.
threads=(--test remote --test hostile --test stale_keys --test teardown)

missing() {
    echo "==> MISSING: $1" >&2
    exit 77
}

needs_nightly() {
    rustc +nightly --version >/dev/null 2>&1 || missing "the nightly toolchain (rustup toolchain install nightly)"
}

run() {
    echo "\$ $*"
    "$@" </dev/null
}

case "${1:-}" in
address)
    needs_nightly
    # A receive of more bytes than there is memory is one of the tests. The process may end while threads of tokio's
    # still hold memory; what a test leaves behind is told by `guarded`.
    export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR="$build/address"
    run cargo +nightly test --target "$target" --package asyncdispatch --lib
    run cargo +nightly test --target "$target" --package asyncdispatch-compat-tests "${tests[@]}"
    ;;
thread)
    root="${CHECK_TARGETS_ROOT:-$HOME/.cache/check-targets/root}/usr"
    [ -x "$root/bin/rustc" ] || missing "an unpacked rustc-web with its sources under $root: std has to be instrumented too"
    find "$root" -name 'librustc-stable_rt.tsan.a' | grep -q . ||
        missing "librustc-stable_rt.tsan.a under $root: a copy of the nightly's librustc-nightly_rt.tsan.a"
    export PATH="$root/bin:$PATH" RUSTC="$root/bin/rustc" RUSTC_BOOTSTRAP=1 LD_LIBRARY_PATH="$root/lib:$root/lib/$target-gnu"
    export RUSTFLAGS=-Zsanitizer=thread CARGO_TARGET_DIR="$build/thread"
    run cargo test -Zbuild-std --target "$target" --package asyncdispatch-compat-tests "${threads[@]}"
    ;;
memcheck)
    command -v valgrind >/dev/null || missing "valgrind (Debian: valgrind)"
    export CARGO_TARGET_DIR="$build/memcheck"
    runner="valgrind --quiet --error-exitcode=9"
    run env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$runner" cargo test --target "$target" \
        --package asyncdispatch --lib -- --test-threads=1
    run env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$runner" cargo test --target "$target" \
        --package asyncdispatch-compat-tests --test cancel --test selector --test fd_stream -- \
        --test-threads=1 --skip a_hundred_thousand_that_await_each_other # not within the 30 s of `guarded`
    ;;
layout)
    needs_nightly
    export RUSTFLAGS=-Zrandomize-layout CARGO_TARGET_DIR="$build/layout"
    run cargo +nightly test --target "$target" --package asyncdispatch --lib
    run cargo +nightly test --target "$target" --package asyncdispatch-compat-tests "${tests[@]}"
    ;;
*)
    echo "usage: $0 address|thread|memcheck|layout" >&2
    exit 2
    ;;
esac
