//! The leak guard: a test runs alone, on a thread of its own, in time, and leaves nothing behind.

use crate::platform::{open_descriptors, open_what_stays};
use asyncdispatch::{Result, get_global_dispatcher, set_future_logging};
use std::{
    fmt::Debug,
    panic::resume_unwind,
    str::FromStr,
    sync::{Mutex, Once, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

/// What [`Pending`](asyncdispatch::Pending) says if there is nothing: no descriptor registered either, no future alive.
const NOTHING: &str = "nothing\n";
/// How many seconds a test may take, unless `GUARD_SECONDS` says otherwise.
const SECONDS: u64 = 30;

/// Descriptors are counted for the whole process, so that one test of a binary runs at a time.
/// Holds how many the last one left.
static ALONE: Mutex<Option<usize>> = Mutex::new(None);
static WARM: Once = Once::new();

/// Runs `test` on a fresh thread. Panics if it fails, if it is not done in time, if something is left in the thread's
/// dispatcher (a registered descriptor, a waiting operation, a timer, a queued callback, a proc, a future that nobody
/// will finish), and, where descriptors can be counted, if the process has more of them than before when the thread and
/// its dispatcher have gone; `GUARD_DESCRIPTORS` says how many a checker may have opened meanwhile.
#[track_caller]
pub fn guarded(test: impl FnOnce() -> Result<()> + Send + 'static) {
    let mut last = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    WARM.call_once(open_what_stays);
    let before = descriptors_when_settled(last.or_else(open_descriptors));
    let (done, ended) = mpsc::channel();
    let thread = thread::spawn(move || {
        set_future_logging(true);
        let left = test().map(|()| get_global_dispatcher().pending().to_string());
        let _waiting = done.send(());
        left
    });
    let limit = limit();
    if let Err(mpsc::RecvTimeoutError::Timeout) = ended.recv_timeout(limit) {
        panic!("the test hangs: not done after {limit:?}");
    }
    match thread.join().expect("the test panicked") {
        Ok(left) => assert_eq!(left, NOTHING, "left behind in the dispatcher"),
        Err(error) => panic!("the test failed: {error:#}"),
    }
    let after = descriptors_when_settled(before);
    *last = after;
    let left = after.zip(before).map_or(0, |(after, before)| after.abs_diff(before));
    assert!(left <= from_env("GUARD_DESCRIPTORS", 0), "descriptors left behind: {before:?} before, {after:?} after");
}

/// Runs a test that cannot be [`guarded`] beside those that are: while it runs, and until its thread's dispatcher has
/// gone, none of them counts descriptors.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    thread::spawn(test).join().unwrap_or_else(|panicked| resume_unwind(panicked));
}

/// How long a test may take. Checkers make everything slow.
pub fn limit() -> Duration {
    Duration::from_secs(from_env("GUARD_SECONDS", SECONDS))
}

/// How long a test may wait for one thing.
pub fn patience() -> Duration {
    limit() / 6
}

fn from_env<T: FromStr<Err: Debug>>(name: &str, otherwise: T) -> T {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

/// A runtime's own threads may close theirs a little later.
fn descriptors_when_settled(wanted: Option<usize>) -> Option<usize> {
    let end = Instant::now() + patience();
    while open_descriptors() != wanted && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
    open_descriptors()
}
