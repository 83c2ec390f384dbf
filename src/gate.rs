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
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::task::coop::{RestoreOnPending, poll_proceed};

use crate::current::{current, task_of};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::line::{LazyWaiter, Line, Waiting, Who};
use crate::operation::Outcome;
use crate::registry::{Side, Slot};
use crate::span::Span;
use crate::sys::BorrowedFd;
use crate::task::Task;

/// One lazy operation's place on one side of a descriptor. Leaves the list when dropped.
pub(crate) struct Gate {
    fd: AsyncFD,
    side: Side,
    /// The dispatcher that it belongs to, once that is settled.
    core: Option<Rc<Core>>,
    /// Its number in the list, while it waits.
    waiting: Option<u64>,
    span: Span,
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

impl<T> Outcome<Left<T>> {
    /// What is left is believed to be there.
    fn note_belief(&self, line: &mut Line) {
        match self {
            Outcome::Got(Left::More(_)) => line.believed = true,
            Outcome::Got(Left::Nothing(_)) | Outcome::Blocked => line.believed = false,
            Outcome::Failed(_) => {}
        }
    }
}

impl Gate {
    pub(crate) fn new(fd: AsyncFD, side: Side) -> Gate {
        Gate { fd, side, core: None, waiting: None, span: Span::none() }
    }

    /// One that belongs to `core`, whichever dispatcher is the thread's when it is polled.
    pub(crate) fn of(core: Option<Rc<Core>>, fd: AsyncFD, side: Side) -> Gate {
        Gate { fd, side, core, waiting: None, span: Span::none() }
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
        let core = self.core()?;
        let budget = ready!(Budget::poll(cx));
        let tried = core.fds.with(self.fd, |slot| {
            if !slot.line(self.side).may_try(self.waiting) {
                return None;
            }
            let outcome = Outcome::of(call(slot.descriptor.borrow()));
            outcome.note_belief(slot.line(self.side));
            Some(outcome)
        });
        let tried = self.unless_gone(tried)?;
        self.conclude(&core, budget, cx, tried)
    }

    /// As [`poll`](Gate::poll), for calls that register descriptors themselves.
    pub(crate) fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut call: impl FnMut(&Rc<Core>, AsyncFD) -> Outcome<Left<T>>,
    ) -> Poll<Result<T>> {
        let core = self.core()?;
        let budget = ready!(Budget::poll(cx));
        let tried = self.may_try(&core)?.then(|| call(&core, self.fd));
        if let Some(outcome) = &tried {
            let _gone = core.fds.with(self.fd, |slot| outcome.note_belief(slot.line(self.side)));
        }
        self.conclude(&core, budget, cx, tried)
    }

    #[inline(always)]
    fn conclude<T>(
        &mut self,
        core: &Rc<Core>,
        budget: Budget,
        cx: &Context<'_>,
        tried: Option<Outcome<Left<T>>>,
    ) -> Poll<Result<T>> {
        match tried {
            Some(Outcome::Got(Left::More(value) | Left::Nothing(value))) => {
                self.leave();
                budget.spend();
                Poll::Ready(Ok(value))
            }
            Some(Outcome::Failed(error)) => {
                self.leave();
                Poll::Ready(Err(error))
            }
            Some(Outcome::Blocked) | None => self.wait(core, budget.who(cx)),
        }
    }

    /// Waits for an event and answers it, without a call; for `readable` and `writable`.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let core = self.core()?;
        if self.waiting.is_some() && self.may_try(&core)? {
            self.leave();
            return Poll::Ready(Ok(()));
        }
        self.wait(&core, who(task_of(cx), cx))
    }

    #[inline(always)]
    pub(crate) fn core(&self) -> Result<Rc<Core>> {
        let core = match &self.core {
            Some(core) => Rc::clone(core),
            None => current()?,
        };
        core.check_driven()?;
        Ok(core)
    }

    fn may_try(&self, core: &Core) -> Result<bool> {
        self.unless_gone(core.fds.with(self.fd, |slot| slot.line(self.side).may_try(self.waiting)))
    }

    /// A descriptor that is gone while an operation waits is not what a stale key is.
    #[inline(always)]
    fn unless_gone<T>(&self, found: Result<T>) -> Result<T> {
        match (found, self.waiting) {
            (Err(_), Some(_)) => Err(Error::cancelled(format!(
                "descriptor {} was closed or unregistered while the operation waited",
                self.fd
            ))),
            (found, _) => found,
        }
    }

    /// Takes its place at the end of the list, or keeps the one that it has.
    fn wait<T>(&mut self, core: &Rc<Core>, who: Who) -> Poll<Result<T>> {
        let selector = core.machine()?;
        let selector = selector.watched().selector();
        if let Some(id) = self.waiting {
            let mut who = Some(who);
            let kept = core.fds.with(self.fd, |slot| {
                let line = slot.line(self.side);
                let former = line.find(id).map(|lazy| {
                    lazy.woken = None;
                    std::mem::replace(&mut lazy.who, who.take())
                });
                slot.watch(selector, self.side.interest()).map(|()| former)
            })?;
            drop(kept?);
            return Poll::Pending;
        }
        let id = core.fds.next_operation();
        let mut who = Some(who);
        core.fds.with(self.fd, |slot| {
            slot.watch(selector, self.side.interest())?;
            core.fds.enlist(slot, self.side, Waiting::Lazy(LazyWaiter { id, who: who.take(), woken: None }));
            Ok::<_, Error>(())
        })??;
        self.core = Some(Rc::clone(core));
        self.waiting = Some(id);
        self.span = Span::waiting(self.fd, self.side);
        Poll::Pending
    }

    /// Leaves the list, if it is in it.
    #[inline]
    fn leave(&mut self) {
        if let (Some(id), Some(core)) = (self.waiting.take(), &self.core) {
            leave(core, self.fd, self.side, id);
            self.span = Span::none();
        }
    }
}

/// Takes a lazy operation off its list; if others wait, the next is woken or the kernel is asked.
fn leave(core: &Core, fd: AsyncFD, side: Side, id: u64) {
    let left = core.fds.with(fd, |slot| {
        let own = core.fds.withdraw_from(slot, side, id);
        (own, next_in_line(core, slot, side))
    });
    if let Ok((_own, Some(next))) = left {
        next.wake();
    }
}

/// Whom to wake when a lazy operation has left; the kernel is asked if readiness is not believed in.
fn next_in_line(core: &Core, slot: &mut Slot, side: Side) -> Option<Who> {
    let line = slot.line(side);
    if line.list.is_empty() {
        return None;
    }
    let next = if line.believed { line.wake_first(core.turn.get()) } else { None };
    if let (None, Ok(machine)) = (&next, core.machine()) {
        // A descriptor that cannot be watched any more is found out by the next call on it.
        let _unwatchable = slot.watch(machine.watched().selector(), side.interest());
    }
    next
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
    #[inline(always)]
    fn poll(cx: &mut Context<'_>) -> Poll<Budget> {
        match task_of(cx) {
            Some(task) if task.has_budget() => Poll::Ready(Budget::Ours(task)),
            Some(_) => Poll::Pending,
            None => poll_proceed(cx).map(Budget::Tokio),
        }
    }

    /// An operation has completed.
    #[inline(always)]
    fn spend(self) {
        match self {
            Budget::Ours(task) => task.spend(),
            Budget::Tokio(restore) => restore.made_progress(),
        }
    }

    #[inline(always)]
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
