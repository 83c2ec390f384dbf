# Sourced by the scripts beside it that are about other platforms. What they make is kept under the home folder, so that a
# fresh clone finds it too; one of them runs at a time.

cache="${XDG_CACHE_HOME:-$HOME/.cache}/asyncdispatch-ci"
mkdir -p "$cache"
if [ "${ASYNCDISPATCH_CI_LOCKED:-}" != "$cache" ] && command -v flock >/dev/null; then
    ASYNCDISPATCH_CI_LOCKED=$cache exec flock -o "$cache/lock" bash "$0" "$@"
fi

. "$(dirname "${BASH_SOURCE[0]}")/install.sh"
export CARGO_TARGET_DIR="$cache/target"
# Programs of ours are kept there for each clone, and nobody asks for the old ones.
[ ! -d "$CARGO_TARGET_DIR" ] || [ "$(du -sm "$CARGO_TARGET_DIR" | cut -f 1)" -lt 8000 ] || rm -rf "$CARGO_TARGET_DIR"
# To cargo another clone's programs are ours, and up to date if our files are older: each clone builds its own anew.
if [ "$(cat "$CARGO_TARGET_DIR/of" 2>/dev/null)" != "$PWD" ]; then
    mkdir -p "$CARGO_TARGET_DIR"
    find "$CARGO_TARGET_DIR" -path '*/.fingerprint/asyncdispatch*' -prune -exec rm -rf {} +
    echo "$PWD" >"$CARGO_TARGET_DIR/of"
fi
# Nobody debugs them; with debug information they are many times as large.
export CARGO_PROFILE_DEV_DEBUG=0
