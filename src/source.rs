//! What stands behind a pending future, so that `cancel` can take it back.

use std::rc::{Rc, Weak};

use crate::dispatcher::Core;
use crate::error::Error;
use crate::fd::AsyncFD;
use crate::future::AbortOnDrop;
use crate::registry::Side;
use crate::task::Task;
use crate::timeout::Timeout;
use crate::timer_queue::TimerId;

/// See the module's docs. Whatever it is, it holds one handle of the future, by which it finishes it.
pub(crate) enum Source {
    Timer(Rc<Core>, TimerId),
    Operation(Rc<Core>, AsyncFD, Side, u64),
    Proc(Weak<Task>),
    /// A read or write that waits in a stream.
    Stream(Weak<dyn Withdraw>, u64),
    /// The outcome of `with_timeout`.
    Timeout(Box<Timeout>),
    /// A future that passes on what others bring.
    Wrapper(Box<dyn FnOnce()>),
    /// With it goes the proc that watches a cancellation token.
    Watched(Option<Box<Source>>, AbortOnDrop<()>),
    /// The operation is over; its end is in the queue.
    Over,
}

/// A list that entries can be taken off by their number.
pub(crate) trait Withdraw {
    fn withdraw(&self, id: u64);
}

impl Source {
    /// Whether it is a beginning: an operation or a timer, or what waits for others of them.
    pub(crate) fn is_operation(&self) -> bool {
        matches!(self, Source::Timer(..) | Source::Timeout(_) | Source::Operation(..) | Source::Wrapper(_))
    }

    /// Takes the operation back; answers the error to fail the future with.
    pub(crate) fn cancel(self, by_whom: &'static str) -> Error {
        let error = Error::cancelled(by_whom);
        match self {
            Source::Timer(core, id) => drop(core.timers.remove(id)),
            Source::Timeout(timeout) => timeout.cancel(),
            Source::Operation(core, fd, side, id) => return core.withdraw(fd, side, id, error),
            Source::Proc(task) => {
                if let Some(task) = task.upgrade() {
                    task.cancel(error.clone());
                }
            }
            Source::Stream(list, id) => {
                if let Some(list) = list.upgrade() {
                    list.withdraw(id);
                }
            }
            Source::Wrapper(cancel) => cancel(),
            Source::Watched(Some(source), _watch) => return source.cancel(by_whom),
            Source::Watched(None, _watch) => {}
            Source::Over => {}
        }
        error
    }

    pub(crate) fn is_over(&self) -> bool {
        match self {
            Source::Over => true,
            Source::Watched(source, _) => source.as_ref().is_some_and(|source| source.is_over()),
            _ => false,
        }
    }
}
