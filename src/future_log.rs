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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FutureInfo {
    /// Where they were made.
    pub created_at: &'static Location<'static>,
    /// The name that they were given.
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

/// Switches the logging of this thread's futures on or off; futures made while it is off are never listed.
#[doc(alias = "futureLogging")]
pub fn set_future_logging(on: bool) {
    ENABLED.set(on);
}

/// Whether this thread's futures are logged.
#[doc(alias = "isFutureLoggingEnabled")]
pub fn is_future_logging_enabled() -> bool {
    ENABLED.try_with(Cell::get).unwrap_or(false)
}

/// The logged futures of this thread that are not finished, by the place where they were made.
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
