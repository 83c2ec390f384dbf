#!/usr/bin/env bash
# Takes the selector's rules out of the library, one at a time, in a copy, and sees that the test which pins each fails:
# `bash compat-tests/rules.sh [WORD]`, only those whose name has WORD. The table in `ROBUSTNESS.md` is what it prints.
set -eEuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A test that hangs is one that fails.
seconds=60
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
only=${1:-}
failed=0
export CARGO_TARGET_DIR="${RULES_TARGET_DIR:-$PWD/target/rules}" CARGO_TERM_COLOR=never CARGO_INCREMENTAL=1 GUARD_SECONDS=5

missed() {
    echo "MISSED: $1"
    failed=1
}

restore() {
    rm -rf "$copy"/*
    cp -R Cargo.toml Cargo.lock README.md src examples benches compat-tests "$copy/"
}

# The whole of a file with the first text of the two in it replaced by the second, as texts.
replace() {
    FROM=$2 TO=$3 perl -0pi -e '$found = s/\Q$ENV{FROM}\E/$ENV{TO}/; END { exit !$found }' "$1"
}

# RULE FILE FROM TO TEST: the text FROM of FILE becomes TO, and TEST has to fail or to hang. With `lib` before its name it
# is one of the library's own.
without() {
    local rule=$1 file=$2 test=$5 log="$copy/log" code=0
    [[ $rule == *"$only"* ]] || return 0
    restore
    local where=(--package asyncdispatch-compat-tests --test selector)
    [[ $test != lib* ]] || where=(--package asyncdispatch --lib)
    local cargo=(cargo test --manifest-path "$copy/Cargo.toml" "${where[@]}")
    if ! replace "$copy/$file" "$3" "$4"; then
        missed "$rule: $file says it in other words"
    elif ! "${cargo[@]}" --no-run </dev/null >"$log" 2>&1; then
        missed "$rule: it does not compile without"
        grep -A 5 '^error' "$log" || true
    else
        timeout --kill-after 5 "$seconds" "${cargo[@]}" -- --exact "${test#lib }" </dev/null >"$log" 2>&1 || code=$?
        case $code in
        0) missed "$rule: $test passes" ;;
        124 | 137) echo "noticed: $rule: $test hangs" ;;
        *)
            if grep -q "^test ${test#lib } .*FAILED$" "$log"; then
                echo "noticed: $rule: $test"
            else
                missed "$rule: $test did not run"
            fi
            ;;
        esac
    fi
}

without "look again before parking after a full batch" src/turn.rs \
    'let found = turn.look()?;' 'let found = false;' \
    a_full_batch_is_followed_by_the_rest_beside_other_work
without "outer readiness cleared only by an empty look: of a turn" src/sys/unix/selector.rs \
    'let found = if looked { found } else { self.selector().look(batch) };' \
    'let found = if looked { found } else { self.selector().look(batch) };
        let _cleared = self.outer.try_io(TokioInterest::READABLE, |_| Err::<(), _>(io::ErrorKind::WouldBlock.into()));' \
    "lib sys::contract::only_an_empty_look_lets_it_wait"
without "outer readiness cleared only by an empty look: of a parked loop" src/sys/unix/selector.rs \
    'return Poll::Ready(result);' 'guard.clear_ready();
                return Poll::Ready(result);' \
    "lib sys::contract::only_an_empty_look_lets_it_wait"
without "wake the next waiter when the first leaves" src/gate.rs \
    'if line.believed { line.wake_first(core.turn.get()) } else { None }' 'if line.list.is_empty() { line.wake_first(core.turn.get()) } else { None }' \
    a_lazy_operation_that_leaves_wakes_the_next
without "a held, unpolled future does not spin the loop" src/serve.rs \
    'Some(_) => self.wanted |= !self.left.is_empty(),' 'Some(_) => self.wanted = true,' \
    a_held_unpolled_future_neither_spins_the_loop_nor_blocks_others
without "a held, unpolled future does not block others" src/serve.rs \
    'Some(woken) if turn > woken + 1 =>' 'Some(woken) if turn == woken + u64::MAX =>' \
    a_held_unpolled_future_neither_spins_the_loop_nor_blocks_others
without "disarm on unwanted events: of a descriptor that is served" src/serve.rs \
    'let _gone = self.fds.with(fd, |slot| slot.unwatch(selector, side.interest()));' '' \
    a_held_unpolled_future_neither_spins_the_loop_nor_blocks_others
without "disarm on unwanted events: of a batch that nobody wants" src/serve.rs \
    'self.fds.with(fd, |slot| slot.unwatch(selector, event.ready)).unwrap_or(false)' 'let _ = (fd, selector); false' \
    a_hang_up_with_nobody_waiting_does_not_spin
without "hang-ups with no waiter: taken out of the selector" src/registry.rs \
    'if wanted == Interest::NONE {' 'if false {' \
    a_hang_up_with_nobody_waiting_does_not_spin
exit "$failed"
