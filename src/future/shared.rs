//! The state of a future, which all its handles share.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;

use super::Waiter;
use crate::error::Error;
use crate::fifo::Fifo;
use crate::future_log;
use crate::source::Source;
use crate::span::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    Done,
    Failed,
}

/// The state that all handles of one future share.
pub(crate) struct Shared<T> {
    pub(super) phase: Cell<Phase>,
    /// Whether anybody has heard of the failure.
    pub(super) looked_at: Cell<bool>,
    /// A cancelled proc was waiting for it.
    pub(super) abandoned: Cell<bool>,
    /// Taken out while user code sees it; `None` in `Done` means that somebody has taken it for good.
    pub(super) value: Cell<Option<T>>,
    pub(super) error: Cell<Option<Error>>,
    pub(super) waiters: RefCell<Fifo<Waiter<T>>>,
    pub(super) last_waiter: Cell<usize>,
    pub(super) source: Cell<Option<Source>>,
    /// Whether there is a source: seeing that there is none must cost nothing.
    pub(super) has_source: Cell<bool>,
    /// From the start of the operation behind it to its end.
    pub(super) span: Cell<Span>,
    pub(super) created_at: &'static Location<'static>,
    pub(super) from_proc: &'static str,
    pub(super) logged: bool,
    /// [`Shared::retire`]: handles are dropped where it is not known that `T` is `'static`.
    pub(super) retire: fn(&Rc<Shared<T>>),
}

impl<T: 'static> Shared<T> {
    pub(super) fn new(created_at: &'static Location<'static>) -> Shared<T> {
        Shared {
            phase: Cell::new(Phase::Pending),
            looked_at: Cell::new(false),
            abandoned: Cell::new(false),
            value: Cell::new(None),
            error: Cell::new(None),
            waiters: RefCell::default(),
            last_waiter: Cell::new(0),
            source: Cell::new(None),
            has_source: Cell::new(false),
            span: Cell::new(Span::none()),
            created_at,
            from_proc: "",
            logged: false,
            retire: Shared::retire,
        }
    }
}

impl<T> Shared<T> {
    /// The last handle is gone.
    pub(super) fn end_life(&self) {
        match self.phase.get() {
            Phase::Pending => future_log::gone(self.logged, self.created_at, self.from_proc),
            Phase::Failed if !self.looked_at.get() => self.report_unread(),
            Phase::Done | Phase::Failed => {}
        }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        self.end_life();
    }
}
