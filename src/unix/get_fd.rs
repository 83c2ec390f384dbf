//! The selector as a descriptor for a foreign loop.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use crate::dispatcher::Dispatcher;
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::sys::Alarm;

impl Dispatcher {
    /// Lends the selector to a foreign event loop: a descriptor that is readable when there is something to do.
    ///
    /// The foreign loop watches it, level-triggered, and calls [`poll_with`](Dispatcher::poll_with)`(0)` whenever it is
    /// readable. That may answer [`NothingPending`](crate::ErrorKind::NothingPending), which is no failure then. Not
    /// only descriptors make it readable: also timers that are due, the queue, and what other threads leave, so the
    /// loop needs no time limit for this dispatcher. Two things are seen every 10 ms only, while there are any, because
    /// tokio's own reactor cannot be lent: signals, and what tokio's tasks and types wait for.
    ///
    /// What comes back is a duplicate for the loop to keep and to close. It can be watched by epoll, `poll`, libuv,
    /// tokio's `AsyncFd` (as a type of your own), or another dispatcher by [`register`](crate::register).
    ///
    /// # Errors
    ///
    /// [`LoopInside`](crate::ErrorKind::LoopInside) for a guest: await its [`drive`](Dispatcher::drive) instead.
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if it is closed, or the system's error.
    ///
    /// # Nim
    ///
    /// `getIoHandler().getFd()`, which knows nothing of `sleepAsync` and `callSoon`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use rustix::event::{PollFd, PollFlags, poll};
    ///
    /// let d = Dispatcher::new();
    /// let selector = d.get_fd()?;
    /// d.call_soon(|| println!("called by a foreign loop"));
    /// while d.has_pending_operations() {
    ///     poll(&mut [PollFd::new(&selector, PollFlags::IN)], None).map_err(std::io::Error::from)?;
    ///     d.poll_with(0)?;
    /// }
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "getFd")]
    #[doc(alias = "getIoHandler")]
    pub fn get_fd(&self) -> Result<OwnedFd> {
        let core = self.core();
        if core.is_guest() {
            return Err(Error::loop_inside("a guest is turned by its caller's runtime: await its `drive()` there"));
        }
        let machine = core.machine()?;
        let lent = machine.watched().as_fd().try_clone_to_owned().map_err(Error::from_io_plain)?;
        let alarm = machine.lend()?;
        core.leave_to(&machine, alarm);
        Ok(lent)
    }
}

impl Machine {
    /// Puts the alarm into the selector, which is lent from now on.
    fn lend(&self) -> Result<&Arc<Alarm>> {
        if let Some(alarm) = self.alarm() {
            return Ok(alarm);
        }
        let alarm = self.watched().selector().alarm().map_err(Error::from_io_plain)?;
        Ok(self.alarm.get_or_init(|| Arc::new(alarm)))
    }
}
