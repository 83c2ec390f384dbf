//! What stands behind a pending future, so that `cancel` can take it back.

use std::borrow::Cow;
use std::rc::{Rc, Weak};

use crate::dispatcher::Core;
use crate::error::Error;
use crate::fd::AsyncFD;
use crate::registry::Side;
use crate::task::Task;
use crate::timer_queue::TimerId;

/// See the module's docs.
pub(crate) enum Source {
    Timer(Rc<Core>, TimerId),
    Operation(Rc<Core>, AsyncFD, Side, u64),
    Proc(Weak<Task>),
    /// A future that only passes on what another one brings.
    Wrapper(Box<dyn FnOnce()>),
}

impl Source {
    /// Takes the operation back; answers what is worth telling about it.
    pub(crate) fn cancel(self) -> Option<Cow<'static, str>> {
        match self {
            Source::Timer(core, id) => {
                drop(core.timers.remove(id));
                None
            }
            Source::Operation(core, fd, side, id) => core.withdraw(fd, side, id),
            Source::Proc(task) => {
                if let Some(task) = task.upgrade() {
                    task.cancel(Error::cancelled("by `cancel()`"));
                }
                None
            }
            Source::Wrapper(cancel) => {
                cancel();
                None
            }
        }
    }
}
