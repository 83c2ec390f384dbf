//! From other threads: a handle by which they call into the loop.

use std::fmt;
use std::sync::Arc;

use crate::dispatcher::Dispatcher;
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::mailbox::{Mail, Mailbox};

/// A `Send + Sync` handle of a dispatcher; made by [`Dispatcher::remote`].
///
/// What is posted by it runs on the dispatcher's thread, in the order of the posting. It wakes a loop that waits, by
/// way of the tokio runtime and without a descriptor of its own; while the loop is awake, posting makes no system call.
///
/// A handle keeps nothing alive: neither the dispatcher, nor a loop that has nothing else to wait for. A loop that shall
/// wait for other threads needs something pending, an event for its end say:
///
/// ```
/// use asyncdispatch::*;
///
/// let remote = get_global_dispatcher().remote();
/// let end = new_async_event();
/// end.add(|_| true)?;
/// let other = std::thread::spawn({
///     let end = end.clone();
///     move || {
///         remote.call_soon_threadsafe(|| println!("here"))?;
///         end.trigger();
///         Ok::<(), Error>(())
///     }
/// });
/// assert_eq!(run_forever().unwrap_err().kind(), ErrorKind::NothingPending); // after the end
/// other.join().unwrap()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
///
/// # Nim
///
/// Nim has none.
#[derive(Clone)]
pub struct Remote(Arc<Mailbox>);

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

impl Dispatcher {
    /// A handle for other threads.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let remote = Dispatcher::new().remote(); // the dispatcher is gone
    /// assert_eq!(remote.call_soon_threadsafe(|| ()).unwrap_err().kind(), ErrorKind::DispatcherGone);
    /// ```
    pub fn remote(&self) -> Remote {
        Remote(Arc::clone(self.core().mailbox()))
    }
}

impl Remote {
    /// Calls `cb` on the dispatcher's thread, in the queue phase of a turn.
    ///
    /// If the dispatcher is closed before that turn comes, `cb` is dropped uncalled, on the dispatcher's thread.
    ///
    /// # Errors
    ///
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if the dispatcher is closed; `cb` is dropped uncalled, here.
    ///
    /// # Nim
    ///
    /// Nim has none; there one uses an `AsyncEvent`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let remote = get_global_dispatcher().remote();
    /// std::thread::spawn(move || remote.call_soon_threadsafe(|| call_soon(|| ()))).join().unwrap()?;
    /// poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn call_soon_threadsafe(&self, cb: impl FnOnce() + Send + 'static) -> Result<()> {
        self.0.post(Mail::Call(Box::new(cb))).map_err(|_refused| Error::dispatcher_gone())
    }

    /// Calls `f` on the dispatcher's thread, where it starts an async proc or another future.
    ///
    /// `f` is `Send`; what it makes need not be. A failure of the future, and a panic of `f`, come out of `poll`. As
    /// with [`call_soon_threadsafe`](Remote::call_soon_threadsafe), `f` is dropped uncalled if the dispatcher is closed
    /// before its turn comes.
    ///
    /// # Errors
    ///
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if the dispatcher is closed; `f` is dropped uncalled, here.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let remote = get_global_dispatcher().remote();
    /// remote.spawn(|| async_proc(async { Err::<(), _>("boom".into()) }))?;
    /// assert_eq!(poll().unwrap_err().to_string(), "boom");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn spawn<T: 'static>(&self, f: impl FnOnce() -> NimFuture<T> + Send + 'static) -> Result<()> {
        self.call_soon_threadsafe(move || f().check())
    }
}
