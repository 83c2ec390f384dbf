//! What a dispatcher is waiting for, for people to read.

use std::fmt;

use tokio::time::Instant;

use crate::dispatcher::Dispatcher;
use crate::fd::AsyncFD;
use crate::future_log::{FutureInfo, get_futures_in_progress};
use crate::origin::Origin;

/// What is pending, to be shown; made by [`Dispatcher::pending`].
///
/// It shows a line each for registered descriptors with what waits on them, for timers with the time that is left,
/// signals, processes and events, for the queue, and for async procs. Operations, timers and procs tell where they were
/// made, always. If [logging](crate::set_future_logging) is on, the lines of the thread's futures in progress follow.
///
/// # Nim
///
/// Nim has `getFuturesInProgress` alone.
///
/// ```
/// use asyncdispatch::*;
///
/// let (ours, _peer) = std::os::unix::net::UnixStream::pair()?;
/// let ours = register(ours)?;
/// let _received = ours.recv(100);
/// let shown = get_global_dispatcher().pending().to_string();
/// assert!(shown.contains("to read: recv made at "), "{shown}");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pending {
    descriptors: Vec<(AsyncFD, [Vec<Waiter>; 2])>,
    timers: Vec<(Instant, Origin)>,
    customs: Vec<(&'static str, Option<Instant>)>,
    callbacks: usize,
    from_threads: usize,
    /// `None` is one that runs just now.
    procs: Vec<Option<Origin>>,
    tasks: usize,
    futures: Vec<FutureInfo>,
    now: Instant,
}

/// Who waits on one side of a descriptor.
#[derive(Clone, Debug)]
pub(crate) enum Waiter {
    Callback,
    Eager(Origin),
    /// With the async proc that awaits it, if it is one.
    Lazy(Option<Origin>),
}

impl Dispatcher {
    /// Lists what is pending.
    ///
    /// It takes a walk over everything, so it is for tests, debuggers and a signal's callback, not for each turn. Inside
    /// a callback on a descriptor that descriptor's list is out, and not shown.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// add_signal(Signal::SIGUSR1, |_| {
    ///     eprint!("{}", get_global_dispatcher().pending());
    ///     false
    /// })?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn pending(&self) -> Pending {
        let core = self.core();
        Pending {
            descriptors: core.fds.shown(),
            timers: core.timers.list(|timer| timer.origin()),
            customs: core.customs.shown(),
            callbacks: core.soon.len(),
            from_threads: core.mailbox().len(),
            procs: core.tasks.origins(),
            tasks: core.machine_if_made().map_or(0, |machine| machine.own_tasks()),
            futures: get_futures_in_progress(),
            now: core.now(),
        }
    }

    /// Panics, showing what is pending, unless nothing is: for the end of a test.
    ///
    /// Registered descriptors on which nobody waits do not matter. Futures in progress do, if
    /// [logging](crate::set_future_logging) is on: so a test that switches it on at its beginning finds futures that
    /// nobody will ever finish.
    ///
    /// # Panics
    ///
    /// If anything is pending; with the text of [`Pending`].
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// set_future_logging(true);
    /// wait_for(async_proc(async { sleep_async(1).await }))?;
    /// get_global_dispatcher().assert_quiescent();
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    ///
    /// ```should_panic
    /// use asyncdispatch::*;
    ///
    /// let _forgotten = sleep_async(60_000);
    /// get_global_dispatcher().assert_quiescent();
    /// ```
    #[track_caller]
    pub fn assert_quiescent(&self) {
        let pending = self.pending();
        assert!(pending.is_empty(), "something is pending:\n{pending}");
    }
}

impl Pending {
    /// Whether nothing is pending; registered descriptors on which nobody waits do not matter.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// assert!(d.pending().is_empty());
    /// d.call_soon(|| ());
    /// assert!(!d.pending().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        let waiting = self.descriptors.iter().flat_map(|(_, sides)| sides).any(|waiters| !waiters.is_empty());
        let counts = [self.timers.len(), self.customs.len(), self.callbacks, self.from_threads, self.procs.len()];
        !waiting && counts.iter().all(|count| *count == 0) && self.tasks == 0 && self.futures.is_empty()
    }

    /// The time until `moment`, in a form that fits in a sentence.
    fn left(&self, moment: Instant) -> impl fmt::Debug {
        moment.saturating_duration_since(self.now)
    }

    fn show_descriptors(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fd, sides) in &self.descriptors {
            write!(f, "descriptor {fd}:")?;
            if sides.iter().all(Vec::is_empty) {
                write!(f, " nobody waits on it")?;
            }
            for (name, waiters) in [" to read: ", " to write: "].into_iter().zip(sides) {
                for (nth, waiter) in waiters.iter().enumerate() {
                    write!(f, "{}{waiter}", if nth == 0 { name } else { ", " })?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn show_timers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (deadline, origin) in &self.timers {
            writeln!(f, "timer: in {:?}, {origin}", self.left(*deadline))?;
        }
        for (name, deadline) in &self.customs {
            match deadline {
                Some(deadline) => writeln!(f, "{name}: in {:?}", self.left(*deadline))?,
                None => writeln!(f, "{name}")?,
            }
        }
        Ok(())
    }

    fn show_queue(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.callbacks, "callbacks queued"),
            (self.from_threads, "posted and not yet queued"),
            (self.tasks, "tokio tasks alive"),
        ];
        counts.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, what)| writeln!(f, "{what}: {count}"))
    }

    fn show_futures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for proc in &self.procs {
            match proc {
                Some(origin) => writeln!(f, "async proc: {origin}")?,
                None => writeln!(f, "async proc: running")?,
            }
        }
        for FutureInfo { created_at, from_proc, count } in &self.futures {
            writeln!(f, "in progress: {count} of {from_proc} made at {created_at}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Waiter::Callback => f.write_str("a callback"),
            Waiter::Eager(origin) => origin.fmt(f),
            Waiter::Lazy(Some(origin)) => write!(f, "a lazy operation in {origin}"),
            Waiter::Lazy(None) => f.write_str("a lazy operation"),
        }
    }
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() && self.descriptors.is_empty() {
            return writeln!(f, "nothing");
        }
        self.show_descriptors(f)?;
        self.show_timers(f)?;
        self.show_queue(f)?;
        self.show_futures(f)
    }
}
