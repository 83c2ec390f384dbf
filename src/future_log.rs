//! Futures in progress, Nim's `-d:futureLogging` as a run-time switch.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::Location;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(false) };
    static IN_PROGRESS: RefCell<HashMap<Place, usize>> = RefCell::default();
}

type Place = (&'static Location<'static>, &'static str);

/// How many futures that were made at one place are in progress.
///
/// # Nim
///
/// `FutureInfo`, which has a stack trace instead of a place.
///
/// ```
/// use asyncdispatch::*;
///
/// set_future_logging(true);
/// let _waiting = (new_future::<()>("query"), sleep_async(60_000));
/// for FutureInfo { created_at, from_proc, count } in get_futures_in_progress() {
///     println!("{count} of {from_proc}, made at {created_at}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FutureInfo {
    /// Where they were made.
    pub created_at: &'static Location<'static>,
    /// The name that they were given: that of `new_future`, or Nim's of the operation, such as `sleepAsync`.
    pub from_proc: &'static str,
    /// How many of them are not finished.
    pub count: usize,
}

/// Notes a new future, if logging is on. Returns whether it was noted.
pub(crate) fn made(created_at: &'static Location<'static>, from_proc: &'static str) -> bool {
    if !is_future_logging_enabled() {
        return false;
    }
    IN_PROGRESS.try_with(|map| *map.borrow_mut().entry((created_at, from_proc)).or_insert(0) += 1).is_ok()
}

/// Notes that a future has finished or is gone.
pub(crate) fn gone(logged: bool, created_at: &'static Location<'static>, from_proc: &'static str) {
    if !logged {
        return;
    }
    let _at_thread_exit = IN_PROGRESS.try_with(|map| {
        let mut map = map.borrow_mut();
        if let Some(count) = map.get_mut(&(created_at, from_proc)) {
            *count -= 1;
            if *count == 0 {
                map.remove(&(created_at, from_proc));
            }
        }
    });
}

/// Switches the logging of this thread's futures on or off.
///
/// It is off at first, and costs next to nothing then. Futures made while it is off are never listed; those made while
/// it was on are listed until they are finished or dropped.
///
/// # Nim
///
/// The compiler's switch `-d:futureLogging`.
///
/// ```
/// use asyncdispatch::*;
///
/// set_future_logging(std::env::var_os("FUTURE_LOGGING").is_some());
/// ```
#[doc(alias = "futureLogging")]
pub fn set_future_logging(on: bool) {
    ENABLED.set(on);
}

/// Whether this thread's futures are logged.
///
/// # Nim
///
/// `isFutureLoggingEnabled`, a constant of the program.
///
/// ```
/// use asyncdispatch::*;
///
/// assert!(!is_future_logging_enabled());
/// set_future_logging(true);
/// assert!(is_future_logging_enabled());
/// ```
#[doc(alias = "isFutureLoggingEnabled")]
pub fn is_future_logging_enabled() -> bool {
    ENABLED.try_with(Cell::get).unwrap_or(false)
}

/// The logged futures of this thread that are not finished, by the place where they were made.
///
/// In the order of file, line and name. Procs and operations are among them.
///
/// # Nim
///
/// `getFuturesInProgress`, a table of the same.
///
/// ```
/// use asyncdispatch::*;
///
/// set_future_logging(true);
/// let answer = new_future::<i32>("answer");
/// assert_eq!(get_futures_in_progress()[0].from_proc, "answer");
/// answer.complete(42);
/// assert!(get_futures_in_progress().is_empty()); // nothing leaks: a test can end with this
/// ```
#[doc(alias = "getFuturesInProgress")]
pub fn get_futures_in_progress() -> Vec<FutureInfo> {
    let list = |map: &RefCell<HashMap<Place, usize>>| {
        let map = map.borrow();
        map.iter().map(|((created_at, from_proc), count)| FutureInfo { created_at, from_proc, count: *count }).collect()
    };
    let mut infos: Vec<FutureInfo> = IN_PROGRESS.try_with(list).unwrap_or_default();
    infos.sort_by_key(|info| (info.created_at.file(), info.created_at.line(), info.from_proc));
    infos
}
