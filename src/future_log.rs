//! Futures in progress, Nim's `-d:futureLogging` as a run-time switch.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::panic::Location;
use std::ptr;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(false) };
    static IN_PROGRESS: RefCell<HashMap<Place, usize, BuildHasherDefault<AddressHasher>>> = RefCell::default();
}

/// Where and by what name futures were made. Told apart by address, so that a future costs no look at a file's name;
/// the compiler may keep several copies of a place, which are summed up when they are listed.
#[derive(Clone, Copy)]
struct Place {
    created_at: &'static Location<'static>,
    from_proc: &'static str,
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        ptr::eq(self.created_at, other.created_at) && ptr::eq(self.from_proc, other.from_proc)
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(ptr::from_ref(self.created_at).addr());
        state.write_usize(self.from_proc.as_ptr().addr());
    }
}

/// Spreads addresses, which nobody outside can choose, over all bits.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0.rotate_left(5) ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

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
#[inline]
pub(crate) fn made(created_at: &'static Location<'static>, from_proc: &'static str) -> bool {
    is_future_logging_enabled() && note_made(Place { created_at, from_proc })
}

#[cold]
fn note_made(place: Place) -> bool {
    IN_PROGRESS.try_with(|map| *map.borrow_mut().entry(place).or_insert(0) += 1).is_ok()
}

/// Notes that a future has finished or is gone.
#[inline]
pub(crate) fn gone(logged: bool, created_at: &'static Location<'static>, from_proc: &'static str) {
    if logged {
        note_gone(Place { created_at, from_proc });
    }
}

#[cold]
fn note_gone(place: Place) {
    let _at_thread_exit = IN_PROGRESS.try_with(|map| {
        // The entry stays, with a count of 0: a place that makes one future makes others.
        if let Some(count) = map.borrow_mut().get_mut(&place) {
            *count -= 1;
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
#[inline]
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
    let mut infos: Vec<FutureInfo> = IN_PROGRESS
        .try_with(|map| {
            let map = map.borrow();
            let alive = map.iter().filter(|(_, count)| **count > 0);
            alive
                .map(|(Place { created_at, from_proc }, count)| FutureInfo { created_at, from_proc, count: *count })
                .collect()
        })
        .unwrap_or_default();
    let place =
        |info: &FutureInfo| (info.created_at.file(), info.created_at.line(), info.created_at.column(), info.from_proc);
    infos.sort_by_key(place);
    infos.dedup_by(|later, earlier| {
        let same = place(later) == place(earlier);
        if same {
            earlier.count += later.count;
        }
        same
    });
    infos
}
