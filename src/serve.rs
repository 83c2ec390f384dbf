//! Serving a ready descriptor, by Nim's rules:
//!
//! 1. the whole list of a side is taken out; the read side comes first;
//! 2. its entries are called in the order of their adding; the first that is not done ends the round: it and all after
//!    it are kept uncalled, in front of those added meanwhile;
//! 3. if the registration has ended meanwhile, callbacks are still called as long as they answer `true`; what is left
//!    is dropped, and operations fail instead of hanging;
//! 4. a callback that raises or panics is done; those after it are kept.
//!
//! A lazy operation is called by waking its task. It stays where it is until the task has polled it, and ends the
//! round, because it may use up what the descriptor has. One that is not polled by the end of the next turn is
//! overtaken.

use std::mem;
use std::rc::Rc;

use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::fifo::Fifo;
use crate::line::{LazyWaiter, Waiting, Who};
use crate::operation::Attempt;
use crate::registry::{Gone, Side, Told};
use crate::sys::{self, Event, Interest, Selector};
use crate::to_the_end::to_the_end;

impl Core {
    /// Phase 3 for one event of the batch that `round` serves.
    pub(crate) fn serve(self: &Rc<Core>, event: Event, round: u64, selector: &Selector) -> Result<()> {
        let (fd, ready, asked) = match self.fds.told(self, event, round, selector) {
            Some(Told::Serve { fd, ready, asked }) => (fd, ready, asked),
            Some(Told::Wake(who)) => {
                who.wake();
                return Ok(());
            }
            Some(Told::End(operation, result)) => {
                operation.end(self, result);
                return Ok(());
            }
            Some(Told::Wait(watched)) => return watched,
            None => {
                if is_process(event.token) {
                    self.customs.note_process(self, event.token);
                }
                return Ok(());
            }
        };
        let mut visit = Visit { core: self, fd, selector, serving: None };
        for side in Side::BOTH {
            visit.serving = Some(side);
            if ready.contains(side.interest()) && !self.serve_side(fd, side, asked)? {
                let _gone = self.fds.with(fd, |slot| slot.unwatch(selector, side.interest()));
            }
        }
        visit.serving = None;
        self.fds.settle(fd, selector)
    }

    /// Whether somebody waits for an event.
    pub(crate) fn is_wanted(&self, event: Event) -> bool {
        is_process(event.token) || self.fds.key_of(event.token).is_some_and(|fd| self.fds.is_awaited(fd, event.ready))
    }

    /// Whether an event is of a descriptor on which nobody waits for the kernel at all.
    pub(crate) fn has_nobody(&self, event: Event) -> bool {
        self.fds.key_of(event.token).is_some_and(|fd| {
            let unasked = self.fds.unasked_of(fd);
            !self.fds.is_awaited(fd, Interest::READ.with(Interest::WRITE).without(unasked))
        })
    }

    /// Asks the kernel not to tell of an event that nobody waits for. Returns whether it had been asked to.
    pub(crate) fn ignore(&self, event: Event, selector: &Selector) -> bool {
        let Some(fd) = self.fds.key_of(event.token) else { return false };
        self.fds.with(fd, |slot| slot.unwatch(selector, event.ready)).unwrap_or(false)
    }

    /// Serves one list, if it is of those `asked` for. Returns whether anybody wants events of this side.
    fn serve_side(self: &Rc<Core>, fd: AsyncFD, side: Side, asked: Interest) -> Result<bool> {
        let left = match self.fds.take_out(fd, side, asked) {
            Ok(left) => left,
            Err(wanted) => return Ok(wanted),
        };
        let mut round = Round { core: self, fd, side, left, overtaken: Fifo::default(), woken: None, wanted: false };
        let result = round.serve();
        let woken = round.woken.take();
        let wanted = round.wanted;
        drop(round);
        if let Some(who) = woken {
            who.wake();
        }
        result.map(|()| wanted)
    }

    /// Settles entries whose registration has ended: callbacks are dropped uncalled, operations fail.
    pub(crate) fn give_up(self: &Rc<Core>, orphans: Fifo<Waiting>, how: Gone) {
        self.fail_all(orphans, || how.error());
    }

    /// Callbacks are dropped uncalled, operations fail.
    pub(crate) fn fail_all(self: &Rc<Core>, waiting: Fifo<Waiting>, error: impl Fn() -> Error) {
        to_the_end(waiting, |waiting| match waiting {
            Waiting::Callback(callback) => drop(callback),
            Waiting::Eager(_, operation) => operation.fail(self, error()),
            Waiting::Lazy(lazy) => lazy.wake(),
        });
    }
}

/// Processes are in the selector under their virtual keys.
fn is_process(token: u64) -> bool {
    (token >> 32) as i32 <= -1
}

/// A descriptor's turn. When an error or a panic cuts it short, who is left still waits: a nested turn may have found
/// the list empty that was out, and have taken interest off. The side that raised goes on being asked for until it is
/// ready again, as in Nim.
struct Visit<'a> {
    core: &'a Core,
    fd: AsyncFD,
    selector: &'a Selector,
    serving: Option<Side>,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if let Some(raised) = self.serving {
            // A descriptor that cannot be watched any more is found out by the next call on it.
            let _unwatchable = self.core.fds.wait_again(self.fd, raised, self.selector);
        }
    }
}

/// A list that is out to be served. Dropping it, by a panic too, puts what is left back.
struct Round<'a> {
    core: &'a Rc<Core>,
    fd: AsyncFD,
    side: Side,
    left: Fifo<Waiting>,
    overtaken: Fifo<Waiting>,
    /// To be woken when the list is back in its place: a foreign waker may poll its operation at once.
    woken: Option<Who>,
    wanted: bool,
}

impl Round<'_> {
    fn serve(&mut self) -> Result<()> {
        while let Some(waiting) = self.left.pop_front() {
            if self.core.fds.is_withdrawn(&waiting) {
                continue;
            }
            let kept = match waiting {
                Waiting::Callback(mut callback) => {
                    self.wanted = true;
                    self.core.fds.note_behind(self.left.len() + self.overtaken.len());
                    if callback(self.fd)? { None } else { Some(Waiting::Callback(callback)) }
                }
                Waiting::Eager(id, operation) => {
                    self.wanted = true;
                    match self.core.fds.gone() {
                        Some(how) => {
                            operation.fail(self.core, how.error());
                            None
                        }
                        None => match operation.attempt(self.core, self.fd) {
                            Attempt::Done => None,
                            Attempt::Again(operation) => Some(Waiting::Eager(id, operation)),
                        },
                    }
                }
                Waiting::Lazy(lazy) => self.serve_lazy(lazy),
            };
            if let Some(waiting) = kept {
                self.left.push_front(waiting);
                break;
            }
        }
        Ok(())
    }

    /// Wakes a lazy operation and keeps it; one that was woken before the last turn is set aside.
    fn serve_lazy(&mut self, mut lazy: LazyWaiter) -> Option<Waiting> {
        let turn = self.core.turn.get();
        match lazy.woken {
            Some(woken) if turn > woken + 1 => {
                self.overtaken.push_back(Waiting::Lazy(lazy));
                return None;
            }
            // It will be polled yet. Those behind it, if any, get their chance in the next turn.
            Some(_) => self.wanted |= !self.left.is_empty(),
            None => {
                lazy.woken = Some(turn);
                self.woken = lazy.who.take();
                self.wanted = true;
            }
        }
        Some(Waiting::Lazy(lazy))
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        let mut kept = mem::take(&mut self.overtaken);
        if self.core.fds.has_withdrawn() {
            mem::take(&mut self.left).filter(|waiting| !self.core.fds.is_withdrawn(waiting)).for_each(|waiting| {
                kept.push_back(waiting);
            });
        } else {
            kept.append(mem::take(&mut self.left));
        }
        let gone = self.core.fds.gone();
        let orphans = self.core.fds.put_back(self.fd, self.side, kept);
        if !orphans.is_empty() {
            self.core.give_up(orphans, gone.unwrap_or(Gone::Unregistered));
        }
    }
}

impl Gone {
    /// What operations fail with that were waiting: Nim's words for a closed socket.
    pub(crate) fn error(self) -> Error {
        match self {
            Gone::Closed => Error::os(sys::EBADF).with_detail("the descriptor was closed while the operation waited"),
            Gone::Unregistered => Error::cancelled("the descriptor was unregistered while the operation waited"),
        }
    }
}
