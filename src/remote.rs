//! From other threads: a handle by which they call into the loop.

use std::fmt;
use std::sync::Arc;

use crate::dispatcher::Dispatcher;
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::mailbox::{Mail, Mailbox};

/// A `Send + Sync` handle of a dispatcher; made by [`Dispatcher::remote`].
#[derive(Clone)]
pub struct Remote(Arc<Mailbox>);

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

impl Dispatcher {
    /// A handle for other threads.
    pub fn remote(&self) -> Remote {
        Remote(Arc::clone(self.core().mailbox()))
    }
}

impl Remote {
    /// Calls `cb` on the dispatcher's thread, in the queue phase of a turn.
    pub fn call_soon_threadsafe(&self, cb: impl FnOnce() + Send + 'static) -> Result<()> {
        self.0.post(Mail::Call(Box::new(cb))).map_err(|_refused| Error::dispatcher_gone())
    }

    /// Calls `f` on the dispatcher's thread, where it may start an async proc; a failure comes out of `poll`.
    pub fn spawn<T: 'static>(&self, f: impl FnOnce() -> NimFuture<T> + Send + 'static) -> Result<()> {
        self.call_soon_threadsafe(move || f().check())
    }
}
