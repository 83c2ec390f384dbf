#!/usr/bin/env bash
# The tests under a checker: `bash compat-tests/sanitize.sh address|thread|memcheck|layout`; under `address` and `layout` only
# the library's own and the test programs that are named behind it, if any are.
# Ends with 77, and says so aloud, if what it needs is not installed.
set -eEuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=x86_64-unknown-linux-gnu
build="${SANITIZE_TARGET_DIR:-$PWD/target/sanitize}"
# Nim is asked elsewhere: here what it has printed is enough.
export TWINS_RECORDED=1
# Checkers make everything slow.
export GUARD_SECONDS=900
# Not among them: those that start cargo, by which nothing of ours would be checked (`chat_demo`, `demos`, `examples`,
# `graceful_shutdown`), those that read our sources (`docs`, `names`, `unsafe_table`), and `faults`, which is strace's.
tests=(--test bad_input --test cancel --test conversions --test dial --test fd_stream --test fd_stream_rules
    --test hostile --test lent_selector --test model --test pending --test ports --test random
    --test reference --test refusals --test remote --test security --test seldom --test selector --test soak
    --test spans --test stale_keys
    --test starvation --test std_futures --test stream --test teardown --test trusted_sends --test twins --test unhandled --test values
    --test virtual_time)
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

# All of them, whatever one of them says.
run_all() {
    if [ ${#named[@]} -gt 0 ]; then
        tests=()
        for name in "${named[@]}"; do tests+=(--test "$name"); done
    fi
    run cargo +nightly test --target "$target" --package asyncdispatch --all-features --lib
    run cargo +nightly test --target "$target" --package asyncdispatch-compat-tests --all-features --no-fail-fast \
        "${tests[@]}" "$@"
}

# Debian's rustc-web with the sources of its std, unpacked under $1, not installed.
unpack_rust() {
    command -v apt-get >/dev/null || missing "an unpacked rustc-web with its sources under $1: std has to be instrumented too"
    local version std llvm debs
    version=$(apt-cache policy rustc-web | sed -n 's/^  Candidate: //p')
    [ -n "$version" ] && [ "$version" != "(none)" ] || missing "the package rustc-web (apt-get update)"
    std=libstd-rust-web-$(printf %s "$version" | cut -d. -f1-2)
    llvm=$(apt-cache show "$std=$version" | sed -n 's/^Depends:.*\(libllvm[0-9]*\).*/\1/p' | head -n 1)
    debs=$(mktemp -d)
    (cd "$debs" && apt-get download -qq "rustc-web=$version" "rust-web-src=$version" "libstd-rust-web-dev=$version" \
        "$std=$version" "$llvm") || missing "the packages rustc-web, rust-web-src and what they need"
    mkdir -p "$1"
    for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$1"; done
    rm -rf "$debs"
}

named=("${@:2}")
case "${1:-}" in
address)
    needs_nightly
    [ "$(uname -m)" = x86_64 ] || missing "x86_64: the scripts ask for $target"
    # A receive of more bytes than there is memory is one of the tests. The process may end while threads of tokio's
    # still hold memory; what a test leaves behind is told by `guarded`.
    export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR="$build/address"
    run_all
    [ ${#named[@]} -eq 0 ] || exit 0
    # What is freed is kept for a while, which the kinds that look at the memory are not made for.
    run cargo +nightly test --target "$target" --package asyncdispatch-compat-tests --test load -- \
        simultaneous resets timers children signals events dispatchers
    ;;
thread)
    needs_nightly
    root="${CHECK_TARGETS_ROOT:-$HOME/.cache/check-targets/root}"
    [ -x "$root/usr/bin/rustc" ] || unpack_rust "$root"
    libs="$root/usr/lib/rustlib/$target/lib"
    tsan=librustc-stable_rt.tsan.a
    [ -e "$libs/$tsan" ] || cp "$(rustc +nightly --print sysroot)/lib/rustlib/$target/lib/${tsan/stable/nightly}" "$libs/$tsan"
    export PATH="$root/usr/bin:$PATH" RUSTC="$root/usr/bin/rustc" RUSTC_BOOTSTRAP=1
    export LD_LIBRARY_PATH="$root/usr/lib:$root/usr/lib/x86_64-linux-gnu"
    export RUSTFLAGS=-Zsanitizer=thread CARGO_TARGET_DIR="$build/thread"
    # To match a name it starts a program that knows them, once, and keeps two pipes to it.
    export TSAN_OPTIONS="suppressions=$PWD/compat-tests/thread_sanitizer.txt" GUARD_DESCRIPTORS=2
    run cargo test -Zbuild-std --target "$target" --package asyncdispatch --lib -- mailbox alarm
    run cargo test -Zbuild-std --target "$target" --package asyncdispatch-compat-tests --no-fail-fast "${threads[@]}"
    run cargo test -Zbuild-std --target "$target" --package asyncdispatch-compat-tests --test load -- events dispatchers
    run cargo test -Zbuild-std --target "$target" --package asyncdispatch-compat-tests --test twins -- event_ signal_
    ;;
memcheck)
    command -v valgrind >/dev/null || missing "valgrind (Debian: valgrind)"
    export CARGO_TARGET_DIR="$build/memcheck"
    runner="valgrind --quiet --error-exitcode=9"
    run env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$runner" cargo test --target "$target" \
        --package asyncdispatch --lib -- --test-threads=1
    # Without TLS: what ring encrypts and checks with is to memcheck partly stack memory of rustls that nobody has written.
    run env CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$runner" cargo test --target "$target" \
        --package asyncdispatch-compat-tests --no-fail-fast --test cancel --test selector --test fd_stream --test stale_keys \
        -- --test-threads=1 --skip tls
    ;;
layout)
    needs_nightly
    export RUSTFLAGS=-Zrandomize-layout CARGO_TARGET_DIR="$build/layout"
    run_all --test load
    ;;
*)
    echo "usage: $0 address|thread|memcheck|layout" >&2
    exit 2
    ;;
esac
