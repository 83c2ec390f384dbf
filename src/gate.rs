//! The way of a lazy operation to its descriptor: when it may try, and how it waits otherwise.
//!
//! A lazy operation does its system call inside its own `poll`, on borrowed memory, and allocates nothing. It shares
//! the descriptor's list with callbacks and eager operations:
//!
//! - it may try at once if nobody is before it and the descriptor is believed ready; a call that would block, or that
//!   did less than it was asked for, leaves the belief "empty", and the next one waits without a system call;
//! - otherwise it waits in the list until an event wakes it; then it tries, and leaves or waits again in its place;
//! - when it leaves and others wait, the next lazy one is woken if readiness is believed; else the kernel is asked.

use std::io;
use std::os::fd::BorrowedFd;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::task::coop::{RestoreOnPending, poll_proceed};

use crate::current::{current, task_of};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::operation::Outcome;
use crate::registry::{LazyWaiter, Line, Side, Waiting, Who};
use crate::task::Task;

/// One lazy operation's place on one side of a descriptor. Leaves the list when dropped.
pub(crate) struct Gate {
    fd: AsyncFD,
    side: Side,
    /// The dispatcher that it belongs to, once that is settled.
    core: Option<Rc<Core>>,
    /// Its number in the list, while it waits.
    waiting: Option<u64>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("fd", &self.fd).field("side", &self.side).field("waiting", &self.waiting).finish()
    }
}

/// What a call said about the descriptor besides its result.
pub(crate) enum Left<T> {
    /// There may be more at once.
    More(T),
    /// It did less than asked for: the descriptor is empty, or full.
    Nothing(T),
}

enum May {
    Try,
    Wait,
}

impl Gate {
    pub(crate) fn new(fd: AsyncFD, side: Side) -> Gate {
        Gate { fd, side, core: None, waiting: None }
    }

    /// One that belongs to `core`, whichever dispatcher is the thread's when it is polled.
    pub(crate) fn of(core: Option<Rc<Core>>, fd: AsyncFD, side: Side) -> Gate {
        Gate { fd, side, core, waiting: None }
    }

    pub(crate) fn fd(&self) -> AsyncFD {
        self.fd
    }

    /// Tries `call` when it may, or waits.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<Left<T>>,
    ) -> Poll<Result<T>> {
        self.poll_with(cx, |core, fd| Outcome::of(core.with_descriptor(fd, &mut call)))
    }

    /// As [`poll`](Gate::poll), for calls that register descriptors themselves.
    pub(crate) fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut call: impl FnMut(&Rc<Core>, AsyncFD) -> Outcome<Left<T>>,
    ) -> Poll<Result<T>> {
        let core = self.core()?;
        let budget = ready!(Budget::poll(cx));
        match self.may(&core)? {
            May::Wait => {}
            May::Try => match call(&core, self.fd) {
                Outcome::Got(left) => {
                    let (value, believed) = match left {
                        Left::More(value) => (value, true),
                        Left::Nothing(value) => (value, false),
                    };
                    self.believe(&core, believed);
                    self.leave();
                    budget.spend();
                    return Poll::Ready(Ok(value));
                }
                Outcome::Blocked => self.believe(&core, false),
                Outcome::Failed(error) => {
                    self.leave();
                    return Poll::Ready(Err(error));
                }
            },
        }
        self.wait(&core, budget.who(cx))
    }

    /// Waits for an event and answers it, without a call; for `readable` and `writable`.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let core = self.core()?;
        if self.waiting.is_some() && matches!(self.may(&core)?, May::Try) {
            self.leave();
            return Poll::Ready(Ok(()));
        }
        self.wait(&core, who(task_of(cx), cx))
    }

    pub(crate) fn core(&self) -> Result<Rc<Core>> {
        let core = match &self.core {
            Some(core) => Rc::clone(core),
            None => current()?,
        };
        core.check_driven()?;
        Ok(core)
    }

    fn may(&self, core: &Core) -> Result<May> {
        let waiting = self.waiting;
        let may = core.fds.with(self.fd, |slot| {
            let line = slot.line(self.side);
            let may = match waiting {
                None => line.list.is_empty() && line.out == 0 && line.believed,
                Some(id) => find(line, id).is_some_and(|lazy| lazy.woken.is_some()),
            };
            if may { May::Try } else { May::Wait }
        });
        match (may, waiting) {
            (Err(_), Some(_)) => Err(Error::cancelled(format!(
                "descriptor {} was closed or unregistered while the operation waited",
                self.fd
            ))),
            (may, _) => may,
        }
    }

    fn believe(&self, core: &Core, believed: bool) {
        let _gone = core.fds.with(self.fd, |slot| slot.line(self.side).believed = believed);
    }

    /// Takes its place at the end of the list, or keeps the one that it has.
    fn wait<T>(&mut self, core: &Rc<Core>, who: Who) -> Poll<Result<T>> {
        let selector = core.machine()?;
        let selector = selector.watched().selector();
        if let Some(id) = self.waiting {
            let mut who = Some(who);
            let kept = core.fds.with(self.fd, |slot| {
                let line = slot.line(self.side);
                let former = find(line, id).map(|lazy| {
                    lazy.woken = None;
                    std::mem::replace(&mut lazy.who, who.take())
                });
                slot.watch(selector, self.side.interest()).map(|()| former)
            })?;
            drop(kept?);
            return Poll::Pending;
        }
        let id = core.fds.next_operation();
        core.append(self.fd, self.side, Waiting::Lazy(LazyWaiter { id, who: Some(who), woken: None }))?;
        self.core = Some(Rc::clone(core));
        self.waiting = Some(id);
        Poll::Pending
    }

    /// Leaves the list; if others wait, the next is woken or the kernel is asked.
    fn leave(&mut self) {
        let (Some(id), Some(core)) = (self.waiting.take(), &self.core) else { return };
        drop(core.fds.withdraw(self.fd, self.side, id));
        let Ok(selector) = core.machine() else { return };
        let selector = selector.watched().selector();
        let turn = core.turn.get();
        let next = core.fds.with(self.fd, |slot| {
            let line = slot.line(self.side);
            let believed = line.believed;
            let next = line.list.iter_mut().next()?;
            if let (Waiting::Lazy(lazy @ LazyWaiter { woken: None, .. }), true) = (next, believed) {
                lazy.woken = Some(turn);
                return lazy.who.take();
            }
            // A descriptor that cannot be watched any more is found out by the next call on it.
            let _unwatchable = slot.watch(selector, self.side.interest());
            None
        });
        if let Ok(Some(who)) = next {
            who.wake();
        }
    }
}

fn who(task: Option<Rc<Task>>, cx: &Context<'_>) -> Who {
    task.map_or_else(|| Who::Waker(cx.waker().clone()), Who::Task)
}

/// Whose bound on operations in one go applies: an async proc has ours, anything else tokio's.
enum Budget {
    Ours(Rc<Task>),
    Tokio(RestoreOnPending),
}

impl Budget {
    fn poll(cx: &mut Context<'_>) -> Poll<Budget> {
        match task_of(cx) {
            Some(task) if task.has_budget() => Poll::Ready(Budget::Ours(task)),
            Some(_) => Poll::Pending,
            None => poll_proceed(cx).map(Budget::Tokio),
        }
    }

    /// An operation has completed.
    fn spend(self) {
        match self {
            Budget::Ours(task) => task.spend(),
            Budget::Tokio(restore) => restore.made_progress(),
        }
    }

    fn who(self, cx: &Context<'_>) -> Who {
        match self {
            Budget::Ours(task) => Who::Task(task),
            Budget::Tokio(_) => who(None, cx),
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.leave();
    }
}

fn find(line: &mut Line, id: u64) -> Option<&mut LazyWaiter> {
    line.list.iter_mut().find_map(|waiting| match waiting {
        Waiting::Lazy(lazy) if lazy.id == id => Some(lazy),
        _ => None,
    })
}
