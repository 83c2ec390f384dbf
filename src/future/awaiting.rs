//! Awaiting a future: by value, by reference, or without reading it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::FusedFuture;

use super::{GIVEN, NimFuture};
use crate::args::sealed;
use crate::error::Result;

impl<T: 'static> NimFuture<T> {
    /// Waits until the future is finished, without reading it: Nim's `yield`.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropping it loses nothing, the future goes on.
    ///
    /// # Nim
    ///
    /// `yield fut` in an async proc.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let proc = async_proc(async {
    ///     let f = async_proc(async { sleep_async(1).await?; Err::<(), _>("boom".into()) });
    ///     f.settled().await;
    ///     Ok(f.failed())
    /// });
    /// assert!(wait_for(proc)?);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "yield")]
    pub fn settled(&self) -> Settled<'_, T> {
        Settled { future: self.clone(), _handle: std::marker::PhantomData }
    }

    pub(super) fn poll_finished(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.finished() {
            self.polled.set(GIVEN); // its waiter has been handed on
            return Poll::Ready(());
        }
        self.shared.wait_for(&self.polled, cx);
        Poll::Pending
    }
}

impl<T: 'static> Future for NimFuture<T> {
    type Output = Result<T>;

    /// Takes the value once the future is finished.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.poll_finished(cx).map(|()| self.take())
    }
}

impl<T: 'static> FusedFuture for NimFuture<T> {
    /// Whether awaiting this handle has given the end out; other handles are apart.
    fn is_terminated(&self) -> bool {
        self.polled.get() == GIVEN
    }
}

impl<'a, T: Clone + 'static> IntoFuture for &'a NimFuture<T> {
    type Output = Result<T>;
    type IntoFuture = ReadRef<'a, T>;

    fn into_future(self) -> ReadRef<'a, T> {
        ReadRef { future: self.clone(), _handle: std::marker::PhantomData }
    }
}

/// Waits for a future and clones its value; made by awaiting `&NimFuture<T>`.
///
/// # Cancel safety
///
/// Safe: dropping it loses nothing, the future goes on.
///
/// # Nim
///
/// `await fut`, which always copies.
///
/// ```
/// use asyncdispatch::*;
///
/// wait_for(async_proc(async {
///     let f = async_proc(async { sleep_async(1).await?; Ok(21) });
///     assert_eq!((&f).await? + (&f).await?, 42);
///     Ok(())
/// }))?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is waited for until it is awaited"]
pub struct ReadRef<'a, T> {
    future: NimFuture<T>,
    _handle: std::marker::PhantomData<&'a NimFuture<T>>,
}

impl<T: Clone + 'static> Future for ReadRef<'_, T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.future.poll_finished(cx).map(|()| self.future.read())
    }
}

impl<T: Clone + 'static> FusedFuture for ReadRef<'_, T> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}

/// Waits for a future without reading it; made by [`NimFuture::settled`].
///
/// # Cancel safety
///
/// Safe: dropping it loses nothing, the future goes on.
///
/// # Nim
///
/// `yield fut` in an async proc.
///
/// ```
/// use asyncdispatch::*;
///
/// let f = async_proc(async { Err::<(), _>("boom".into()) });
/// wait_for(async_proc({ let f = f.clone(); async move { Ok(f.settled().await) } }))?;
/// assert!(f.failed());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is waited for until it is awaited"]
pub struct Settled<'a, T> {
    future: NimFuture<T>,
    _handle: std::marker::PhantomData<&'a NimFuture<T>>,
}

impl<T: 'static> Future for Settled<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.future.poll_finished(cx)
    }
}

impl<T: 'static> FusedFuture for Settled<'_, T> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}

/// `NimFuture<T>` (its value is moved out) or `&NimFuture<T>` (cloned; others may read too).
///
/// What [`wait_for`](crate::wait_for) and [`all`](crate::all) take.
///
/// # Nim
///
/// `Future[T]`, which is always copied.
///
/// ```
/// use asyncdispatch::*;
///
/// let f = async_proc(async { Ok(String::from("once")) });
/// assert_eq!(wait_for(&f)?, "once"); // a clone
/// assert_eq!(wait_for(f)?, "once"); // moved out
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub trait Awaitable: sealed::Sealed {
    /// What reading gives.
    type Value: 'static;

    #[doc(hidden)]
    fn is_finished(&self) -> bool;
    #[doc(hidden)]
    fn value(&self) -> Result<Self::Value>;
    #[doc(hidden)]
    fn handle(&self) -> NimFuture<Self::Value>;
    #[doc(hidden)]
    fn reader() -> fn(&NimFuture<Self::Value>) -> Result<Self::Value>;
}

impl<T: 'static> sealed::Sealed for NimFuture<T> {}

impl<T: 'static> sealed::Sealed for &NimFuture<T> {}

impl<T: 'static> Awaitable for NimFuture<T> {
    type Value = T;

    fn is_finished(&self) -> bool {
        self.finished()
    }

    fn value(&self) -> Result<T> {
        self.take()
    }

    fn handle(&self) -> NimFuture<T> {
        self.clone()
    }

    fn reader() -> fn(&NimFuture<T>) -> Result<T> {
        NimFuture::take
    }
}

impl<T: Clone + 'static> Awaitable for &NimFuture<T> {
    type Value = T;

    fn is_finished(&self) -> bool {
        self.finished()
    }

    fn value(&self) -> Result<T> {
        self.read()
    }

    fn handle(&self) -> NimFuture<T> {
        (*self).clone()
    }

    fn reader() -> fn(&NimFuture<T>) -> Result<T> {
        NimFuture::read
    }
}
