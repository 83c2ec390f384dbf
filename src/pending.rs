//! What a dispatcher is waiting for, for people to read.

use std::fmt;

use tokio::time::Instant;

use crate::dispatcher::Dispatcher;
use crate::fd::AsyncFD;
use crate::future_log::{FutureInfo, get_futures_in_progress};

/// What is pending; made by [`Dispatcher::pending`].
#[derive(Clone, Debug)]
pub struct Pending {
    descriptors: Vec<(AsyncFD, usize, usize)>,
    customs: usize,
    timers: Vec<Instant>,
    callbacks: usize,
    procs: usize,
    futures: Vec<FutureInfo>,
    now: Instant,
}

impl Dispatcher {
    /// Lists what is pending: descriptors, timers, queued callbacks, async procs, and the logged futures of this thread.
    pub fn pending(&self) -> Pending {
        let core = self.core();
        Pending {
            descriptors: core.fds.list(),
            customs: core.customs.counted(),
            timers: core.timers.deadlines(),
            callbacks: core.soon.len(),
            procs: core.tasks.len(),
            futures: get_futures_in_progress(),
            now: core.now(),
        }
    }
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fd, readers, writers) in &self.descriptors {
            writeln!(f, "descriptor {fd}: {readers} waiting to read, {writers} to write")?;
        }
        if self.customs > 0 {
            writeln!(f, "timers with callbacks, signals, processes, events: {}", self.customs)?;
        }
        for deadline in &self.timers {
            writeln!(f, "timer in {:?}", deadline.saturating_duration_since(self.now))?;
        }
        writeln!(f, "queued callbacks: {}, async procs: {}", self.callbacks, self.procs)?;
        for info in &self.futures {
            writeln!(f, "futures in progress: {} of {} made at {}", info.count, info.from_proc, info.created_at)?;
        }
        Ok(())
    }
}
