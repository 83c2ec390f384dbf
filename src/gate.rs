//! The way of a lazy operation to its descriptor: when it may try, and how it waits otherwise.
//!
//! A lazy operation does its system call inside its own `poll`, on borrowed memory, and allocates nothing. It shares
//! the descriptor's list with callbacks and eager operations:
//!
//! - it may try at once if nobody is before it and the descriptor is believed ready; a call that would block, or that
//!   did less than it was asked for, leaves the belief "empty", and the next one waits without a system call;
//! - otherwise it waits in the list until an event wakes it; then it tries, and leaves or waits again in its place;
//! - when it leaves and others wait, the next lazy one is woken if readiness is believed; else the kernel will tell, which
//!   was asked when they came.

use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::task::coop::{RestoreOnPending, poll_proceed};

use crate::current::{current, task_of, with_proc};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::line::{LazyWaiter, Waiting, Who};
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

/// What came of a try.
enum Tried<T> {
    /// It may not try, or would have blocked.
    Waits,
    /// It has ended and left the list; whether others are left there.
    Over(Result<T>, bool),
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
    #[inline(always)]
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<Left<T>>,
    ) -> Poll<Result<T>> {
        match with_proc(cx, |core, task| self.poll_in_proc(core, task, &mut call)) {
            Some(Tried::Over(result, others)) => self.end(result, others),
            Some(Tried::Waits) => self.pause(),
            None => self.poll_anywhere(cx, &mut call),
        }
    }

    /// The frequent case, which calls no user code: an async proc of the thread's dispatcher polls an operation that is
    /// new or was woken. `None` if it is another.
    #[inline(always)]
    fn poll_in_proc<T>(
        &mut self,
        core: &Rc<Core>,
        task: &Rc<Task>,
        call: &mut impl FnMut(BorrowedFd<'_>) -> io::Result<Left<T>>,
    ) -> Option<Tried<T>> {
        let is_own = self.core.as_ref().is_none_or(|own| Rc::ptr_eq(own, core));
        if !is_own || !core.is_driven() || !task.has_budget() {
            return None;
        }
        let tried = core.fds.with(self.fd, |slot| {
            let tried = self.attempt(core, slot, call);
            match tried {
                Tried::Over(Ok(_), _) => task.spend(),
                Tried::Over(Err(_), _) => {}
                Tried::Waits => {
                    let holds_nobody = self.waiting.is_none_or(|id| slot.line(self.side).was_woken(id));
                    if !holds_nobody {
                        return None;
                    }
                    if let Err(error) = core.watch(slot, self.side) {
                        return Some(Tried::Over(Err(error), false)); // a place that it has it leaves when it is dropped
                    }
                    drop(self.take_place(core, slot, Who::Task(Rc::clone(task))));
                }
            }
            Some(tried)
        });
        tried.ok().flatten()
    }

    fn poll_anywhere<T>(
        &mut self,
        cx: &mut Context<'_>,
        call: &mut impl FnMut(BorrowedFd<'_>) -> io::Result<Left<T>>,
    ) -> Poll<Result<T>> {
        let core = self.core()?;
        let budget = ready!(Budget::poll(cx));
        let tried = core.fds.with(self.fd, |slot| self.attempt(&core, slot, call));
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
        let outcome = if self.may_try(&core)? { Some(call(&core, self.fd)) } else { None };
        let tried = match outcome {
            Some(outcome) => core.fds.with(self.fd, |slot| self.note(&core, slot, outcome)),
            None => Ok(Tried::Waits),
        };
        self.conclude(&core, budget, cx, tried)
    }

    fn conclude<T>(
        &mut self,
        core: &Rc<Core>,
        budget: Budget,
        cx: &Context<'_>,
        tried: Result<Tried<T>>,
    ) -> Poll<Result<T>> {
        match self.unless_gone(tried)? {
            Tried::Over(result, others) => {
                budget.spend(&result);
                self.end(result, others)
            }
            Tried::Waits => self.wait(core, budget.who(cx)),
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

    /// The dispatcher that it belongs to.
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

    #[inline(always)]
    fn attempt<T>(
        &mut self,
        core: &Core,
        slot: &mut Slot,
        call: &mut impl FnMut(BorrowedFd<'_>) -> io::Result<Left<T>>,
    ) -> Tried<T> {
        if !slot.line(self.side).may_try(self.waiting) {
            return Tried::Waits;
        }
        let outcome = Outcome::of(call(slot.descriptor.borrow()));
        self.note(core, slot, outcome)
    }

    /// What a call has said of the descriptor; if it ends the operation, that leaves the list.
    #[inline(always)]
    fn note<T>(&mut self, core: &Core, slot: &mut Slot, outcome: Outcome<Left<T>>) -> Tried<T> {
        let line = slot.line(self.side);
        let result = match outcome {
            Outcome::Blocked => {
                line.believed = false;
                return Tried::Waits;
            }
            Outcome::Got(Left::More(value)) => {
                line.believed = true;
                Ok(value)
            }
            Outcome::Got(Left::Nothing(value)) => {
                line.believed = false;
                Ok(value)
            }
            Outcome::Failed(error) => Err(error),
        };
        let Some(id) = self.waiting.take() else { return Tried::Over(result, false) };
        // Its own entry was woken, and so holds nobody's waker.
        core.fds.withdraw_woken(slot, self.side, id);
        Tried::Over(result, !slot.line(self.side).list.is_empty())
    }

    /// The operation has ended and left the list.
    #[inline(always)]
    fn end<T>(&mut self, result: Result<T>, others: bool) -> Poll<Result<T>> {
        self.span = Span::none();
        if others {
            self.wake_next();
        }
        Poll::Ready(result)
    }

    /// The operation waits in the list.
    #[inline(always)]
    fn pause<T>(&mut self) -> Poll<Result<T>> {
        self.span.wait(self.fd, self.side);
        Poll::Pending
    }

    fn wait<T>(&mut self, core: &Rc<Core>, who: Who) -> Poll<Result<T>> {
        let waited = core.fds.with(self.fd, |slot| match core.watch(slot, self.side) {
            Ok(()) => Ok(self.take_place(core, slot, who)),
            Err(error) => Err((error, who)),
        });
        match self.unless_gone(waited)? {
            Ok(_former) => self.pause(),
            Err((error, _who)) => Poll::Ready(Err(error)),
        }
    }

    /// Takes its place at the end of the list, or keeps the one that it has; answers who would have been woken.
    #[inline(always)]
    fn take_place(&mut self, core: &Rc<Core>, slot: &mut Slot, who: Who) -> Option<Who> {
        if let Some(id) = self.waiting {
            return match slot.line(self.side).find(id) {
                Some(lazy) => lazy.wait_again(who),
                None => Some(who),
            };
        }
        let id = core.fds.next_operation();
        core.fds.enlist(slot, self.side, Waiting::Lazy(LazyWaiter { id, who: Some(who), woken: None }));
        self.waiting = Some(id);
        self.core = Some(Rc::clone(core));
        None
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

    /// Leaves the list, if it is in it.
    fn leave(&mut self) {
        let (Some(id), Some(core)) = (self.waiting.take(), &self.core) else { return };
        let own = core.fds.withdraw(self.fd, self.side, id);
        self.wake_next();
        self.span = Span::none();
        drop(own);
    }

    /// It has left the list: if others wait there and readiness is believed in, the next is woken.
    #[cold]
    fn wake_next(&self) {
        let Some(core) = &self.core else { return };
        let next = core.fds.with(self.fd, |slot| {
            let line = slot.line(self.side);
            if line.believed { line.wake_first(core.turn.get()) } else { None }
        });
        if let Ok(Some(next)) = next {
            next.wake();
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
            Some(task) => {
                task.go_on_next_turn();
                Poll::Pending
            }
            None => poll_proceed(cx).map(Budget::Tokio),
        }
    }

    /// The end of an operation; one that has succeeded counts.
    fn spend<T>(self, result: &Result<T>) {
        match self {
            _ if result.is_err() => {}
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
    #[inline]
    fn drop(&mut self) {
        if self.waiting.is_some() {
            self.leave();
        }
    }
}
