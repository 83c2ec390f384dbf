//! Any std future as one of this crate's.

use std::future::Future;

use super::NimFuture;
use crate::async_proc::async_proc;

impl<T: 'static> NimFuture<T> {
    /// Runs any std future as an async proc, and completes with its output, whatever that is.
    ///
    /// As [`async_proc`], which takes bodies that can raise: `async_proc(async { Ok(f.await.map_err(Error::new)?) })`.
    /// The way back needs nothing: a `NimFuture` is a std future.
    ///
    /// # Errors
    ///
    /// As [`async_proc`]; an `Err` of the future itself is part of the value.
    ///
    /// # Panics
    ///
    /// As [`async_proc`].
    ///
    /// # Cancel safety
    ///
    /// As [`async_proc`].
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (sender, receiver) = tokio::sync::oneshot::channel();
    /// let received = NimFuture::from_future(receiver);
    /// received.add_callback(|received| println!("{:?}", received.read()));
    /// sender.send(42).unwrap();
    /// assert_eq!(wait_for(received)?, Ok(42));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn from_future(future: impl Future<Output = T> + 'static) -> NimFuture<T> {
        async_proc(async move { Ok(future.await) })
    }
}
