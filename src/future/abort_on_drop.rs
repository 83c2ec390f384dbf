//! A guard that cancels a future when it is dropped.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::FusedFuture;

use super::NimFuture;
use crate::error::Result;

/// A future that is cancelled when this is dropped before it is finished; made by [`NimFuture::abort_on_drop`].
///
/// It is awaited as the future is, and gives its methods. Other handles of the future hear of the cancellation.
///
/// # Cancel safety
///
/// Dropping it cancels, as [`cancel`](NimFuture::cancel) does. What had finished and was not awaited is lost.
///
/// # Nim
///
/// Nim has none.
///
/// ```
/// use asyncdispatch::*;
///
/// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
/// let fd = register(ours)?;
/// let received = fd.recv(64).abort_on_drop();
/// assert_eq!(active_descriptors(), 1);
/// drop(received);
/// assert_eq!(active_descriptors(), 0);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it cancels the future"]
pub struct AbortOnDrop<T: 'static> {
    /// Taken by `detach` only.
    future: Option<NimFuture<T>>,
}

impl<T: 'static> NimFuture<T> {
    /// Makes a guard of this handle, which cancels the future when it is dropped.
    ///
    /// So an operation or an async proc lives as long as who awaits it, as a tokio future does: in a `select!`, under
    /// tokio's `timeout`, or in a struct.
    ///
    /// # Cancel safety
    ///
    /// See [`AbortOnDrop`].
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::time::Duration;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move {
    ///     let late = tokio::time::timeout(Duration::from_millis(1), fd.recv(64).abort_on_drop()).await;
    ///     assert!(late.is_err());
    ///     assert_eq!(active_descriptors(), 0); // nobody is left to swallow bytes
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "AbortOnDropHandle")]
    pub fn abort_on_drop(self) -> AbortOnDrop<T> {
        AbortOnDrop { future: Some(self) }
    }
}

impl<T: 'static> AbortOnDrop<T> {
    /// Gives the future back: nothing cancels it any more.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let sleep = sleep_async(1).abort_on_drop().detach();
    /// wait_for(sleep)?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn detach(mut self) -> NimFuture<T> {
        match self.future.take() {
            Some(future) => future,
            None => unreachable!("only `detach` takes it, and it takes `self`"),
        }
    }
}

impl<T: 'static> Deref for AbortOnDrop<T> {
    type Target = NimFuture<T>;

    fn deref(&self) -> &NimFuture<T> {
        match &self.future {
            Some(future) => future,
            None => unreachable!("only `detach` takes it, and it takes `self`"),
        }
    }
}

impl<T: 'static> Future for AbortOnDrop<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.poll_finished(cx).map(|()| self.take())
    }
}

impl<T: 'static> FusedFuture for AbortOnDrop<T> {
    fn is_terminated(&self) -> bool {
        self.deref().is_terminated()
    }
}

impl<T: 'static> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        if let Some(future) = &self.future {
            future.cancel_saying("its `AbortOnDrop` was dropped");
        }
    }
}
