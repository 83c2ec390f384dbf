//! A `CancellationToken` bound to a future.

use tokio_util::sync::CancellationToken;

use super::NimFuture;
use crate::async_proc::async_proc;
use crate::current::current_or_panic;

impl<T: 'static> NimFuture<T> {
    /// Cancels the future when `token` is cancelled, and answers it.
    ///
    /// The token may be cancelled on any thread. The future is cancelled in a queue phase of the dispatcher that is
    /// current now, not inside [`CancellationToken::cancel`]; at once if the token is cancelled already. When the future
    /// finishes first, the token is let go of.
    ///
    /// tokio-util's own [`run_until_cancelled`](CancellationToken::run_until_cancelled) drops what it waits for, which
    /// cancels nothing here: use it with [`abort_on_drop`](NimFuture::abort_on_drop).
    ///
    /// # Errors
    ///
    /// In the future: [`Cancelled`](crate::ErrorKind::Cancelled) if the token was first.
    ///
    /// # Panics
    ///
    /// In a tokio runtime that is not ours, if no dispatcher is installed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing; the token still does.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use tokio_util::sync::CancellationToken;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let token = CancellationToken::new();
    /// let received = fd.recv(64).cancel_with(&token);
    /// let stop = token.clone();
    /// std::thread::spawn(move || stop.cancel());
    /// assert_eq!(wait_for(received).unwrap_err().kind(), ErrorKind::Cancelled);
    /// assert_eq!(active_descriptors(), 0);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "CancellationToken")]
    #[track_caller]
    pub fn cancel_with(self, token: &CancellationToken) -> NimFuture<T> {
        const BY_WHOM: &str = "by its cancellation token";
        if self.finished() {
            return self;
        }
        if token.is_cancelled() {
            self.cancel_saying(BY_WHOM);
            return self;
        }
        if current_or_panic().is_none() {
            return self;
        }
        let (token, future) = (token.clone(), self.downgrade());
        let watch = async_proc(async move {
            token.cancelled_owned().await;
            if let Some(future) = future.upgrade() {
                future.cancel_saying(BY_WHOM);
            }
            Ok(())
        });
        self.watch(watch.abort_on_drop());
        self
    }
}
