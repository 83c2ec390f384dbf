#!/usr/bin/env bash
# Starts a PostgreSQL server of its own in a temporary directory, runs the example against it, and compares what it
# prints with `expected`. Status 77, with the reason, where libpq or the server is not installed
# (Debian: apt-get install libpq-dev postgresql).
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}"

skip() {
    echo "SKIPPED: $1 (Debian: apt-get install libpq-dev postgresql)"
    exit 77
}

command -v pg_config >/dev/null || skip "LIBPQ IS NOT INSTALLED: no pg_config"
[ -e "$(pg_config --includedir)/libpq-fe.h" ] || skip "LIBPQ'S DEVELOPMENT FILES ARE NOT INSTALLED"
bin=$(pg_config --bindir)
[ -x "$bin/initdb" ] || skip "NO POSTGRESQL SERVER in $bin"

# The server refuses to run as root; Debian's package has made a user for it.
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || skip "NO USER postgres TO RUN THE SERVER AS"
    as_owner=(runuser -u postgres --)
fi

data=$(mktemp -d /tmp/libpq-example.XXXXXX)
stop() {
    [ ! -e "$data/db/postmaster.pid" ] || "${as_owner[@]}" "$bin/pg_ctl" -D "$data/db" -m immediate -w stop >/dev/null
    rm -rf "$data"
}
trap stop EXIT
[ ${#as_owner[@]} -eq 0 ] || chown postgres "$data"

cd /
"${as_owner[@]}" "$bin/initdb" -D "$data/db" -U example -A trust --no-sync --locale=C --encoding=UTF8 >/dev/null
"${as_owner[@]}" "$bin/pg_ctl" -D "$data/db" -w -l "$data/log" start \
    -o "-k $data -c listen_addresses='' -c fsync=off" >/dev/null || { cat "$data/log"; exit 1; }
cd - >/dev/null

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../target}/libpq"
LIBRARY_PATH="$(pg_config --libdir)" cargo build

# The first host refuses, so that libpq replaces its socket while it connects.
"$CARGO_TARGET_DIR/debug/libpq-example" "host=127.0.0.1,$data port=1,5432 user=example dbname=postgres" |
    tee "$data/printed"
diff expected "$data/printed"
echo "libpq example: as expected"
