//! The tokio runtime underneath a dispatcher, the selector in its reactor, and the one way to wait on both.

use std::cell::{Cell, OnceCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Id, LocalOptions, LocalRuntime};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::current::Blocked;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::sys::{Alarm, Selector, Watched};

/// The stretch before a deadline that is timed exactly.
const NEAR: Duration = Duration::from_millis(20);

/// So long after an exact deadline the next one may wait: many timers a millisecond share their wake-ups.
const APART: Duration = Duration::from_millis(1);

/// A runtime of our own; shut down without waiting for its blocking tasks, since we may be inside tokio then.
struct Own(Option<LocalRuntime>);

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Fields are dropped in this order: the selector leaves the reactor before the runtime goes.
pub(crate) struct Machine {
    watched: Watched,
    /// There once the selector is lent.
    pub(crate) alarm: OnceCell<Arc<Alarm>>,
    /// What ends a wait in time, and what it is set to.
    timer: OnceCell<Option<Alarm>>,
    timer_set: Cell<Option<Instant>>,
    /// For when it was set when it rang last.
    rang: Cell<Option<Instant>>,
    sleep: Cell<Option<Pin<Box<Sleep>>>>,
    handle: Handle,
    id: Id,
    own: Own,
}

impl Machine {
    /// A runtime that the dispatcher owns.
    pub(crate) fn owning(mailbox: &Arc<Mailbox>) -> Result<Machine> {
        let mailbox = Arc::clone(mailbox);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || mailbox.about_to_park())
            .build_local(LocalOptions::default())
            .map_err(|error| Error::from_io_plain(error).with_detail("making the dispatcher's tokio runtime"))?;
        let handle = runtime.handle().clone();
        Machine::new(handle, Some(runtime))
    }

    /// The caller's runtime, which must be entered.
    pub(crate) fn guest() -> Result<Machine> {
        let handle = Handle::try_current().map_err(|_| {
            Error::not_driven("a guest dispatcher needs the tokio runtime of its caller: use it inside `block_on`")
        })?;
        Machine::new(handle, None)
    }

    fn new(handle: Handle, own: Option<LocalRuntime>) -> Result<Machine> {
        let own = Own(own);
        let watched = {
            let _entered = handle.enter();
            Selector::new().and_then(Watched::new)
        };
        let watched = watched.map_err(|error| Error::from_io_plain(error).with_detail("making the selector"))?;
        Ok(Machine {
            watched,
            alarm: OnceCell::new(),
            timer: OnceCell::new(),
            timer_set: Cell::new(None),
            rang: Cell::new(None),
            sleep: Cell::new(None),
            id: handle.id(),
            handle,
            own,
        })
    }

    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    pub(crate) fn alarm(&self) -> Option<&Arc<Alarm>> {
        self.alarm.get()
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn id(&self) -> Id {
        self.id
    }

    /// How many tasks of the dispatcher's own runtime are alive.
    pub(crate) fn own_tasks(&self) -> usize {
        self.own.0.as_ref().map_or(0, |_| self.handle.metrics().num_alive_tasks())
    }

    /// Whether tasks of the dispatcher's own runtime are alive.
    pub(crate) fn has_tasks(&self) -> bool {
        self.own_tasks() > 0
    }

    /// Blocks on `future`; for owning dispatchers, where `check_may_block` said yes.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let runtime = self.own.0.as_ref().ok_or_else(|| Error::loop_inside("a guest dispatcher never blocks"))?;
        let _blocked = Blocked::new();
        Ok(runtime.block_on(future))
    }

    /// Lets the runtime run its tasks and look at its reactor once.
    pub(crate) fn visit(&self) -> Result<()> {
        self.block_on(tokio::task::yield_now())
    }

    /// Waits for `deadline`, for ever without one.
    ///
    /// tokio's clock ticks in milliseconds and fires after the tick. So the last stretch is timed by an alarm in the
    /// selector besides; not the whole of it, because a far deadline mostly changes before it comes, and setting an
    /// alarm is a system call. The sleep goes on beside the alarm: a paused clock moves for sleeps only.
    pub(crate) fn poll_deadline(&self, cx: &mut Context<'_>, deadline: Option<Instant>) -> Poll<()> {
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let near = left.is_some_and(|left| left <= NEAR);
            let exact = |deadline: Instant| self.rang.get().map_or(deadline, |rang| deadline.max(rang + APART));
            self.set_timer(deadline.filter(|_| near).map(exact));
            let Some(deadline) = deadline else { return Poll::Pending };
            ready!(self.poll_sleep(cx, if near { deadline } else { deadline - NEAR }));
            if near {
                return Poll::Ready(());
            }
        }
    }

    /// The one `Sleep` is kept and moved; it is taken out while it is polled, because a waker that it clones may be
    /// user code.
    fn poll_sleep(&self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let mut sleep = self.sleep.take().unwrap_or_else(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        let polled = sleep.as_mut().poll(cx);
        self.sleep.set(Some(sleep));
        polled
    }

    /// Sets the alarm, or takes it away. Without a descriptor for it the sleep has to do.
    fn set_timer(&self, moment: Option<Instant>) {
        if self.timer_set.replace(moment) == moment {
            return;
        }
        let timer = self.timer.get_or_init(|| self.watched.selector().timer().ok());
        if let Some(timer) = timer {
            timer.set(moment.map(|moment| moment.saturating_duration_since(Instant::now())));
        }
    }

    /// The alarm's event was served, or is of no use: it must not come again. Returns whether this alarm was set: the
    /// one of a selector that is lent tells of itself in the same way.
    pub(crate) fn silence_timer(&self) -> bool {
        let set = self.timer_set.get();
        self.rang.set(set);
        self.set_timer(None);
        set.is_some()
    }
}

/// Polls `future` once outside of tokio's budget: the dispatcher has bounds of its own.
pub(crate) fn poll_unconstrained<T>(
    cx: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    pin!(tokio::task::coop::unconstrained(poll_fn(|cx| poll(cx)))).poll(cx)
}
