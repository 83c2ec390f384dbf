//! `FutureVar<T>`: a future whose value is there, and can be changed, before it is complete.

use crate::error::Result;
use crate::future::NimFuture;

/// A future that can be completed with the value that it holds, and used again.
///
/// A cheap handle, as [`NimFuture`]: clones are the same variable.
///
/// # Nim
///
/// `FutureVar[T]`. An async proc completes its `FutureVar` parameters at its end there; here one calls
/// [`complete`](FutureVar::complete).
///
/// ```
/// use asyncdispatch::*;
///
/// let var = FutureVar::new(String::new());
/// var.mget(|text| text.push_str("done"));
/// var.complete();
/// assert_eq!(var.read()?, "done");
/// var.clean();
/// assert!(!var.finished());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Debug)]
pub struct FutureVar<T>(NimFuture<T>);

impl<T> Clone for FutureVar<T> {
    fn clone(&self) -> Self {
        FutureVar(self.0.clone())
    }
}

/// Makes a variable with the default value.
///
/// # Nim
///
/// `newFutureVar[T](fromProc)`.
///
/// ```
/// use asyncdispatch::*;
///
/// let var = new_future_var::<i32>("example");
/// assert_eq!(var.mget(|n| *n), 0);
/// ```
#[doc(alias = "newFutureVar")]
#[track_caller]
pub fn new_future_var<T: Default + 'static>(from_proc: &'static str) -> FutureVar<T> {
    let future = NimFuture::named(from_proc);
    future.put_value(T::default());
    FutureVar(future)
}

impl<T: 'static> FutureVar<T> {
    /// Makes a variable with a value.
    ///
    /// # Nim
    ///
    /// `newFutureVar`, and then `mget`: there the value has a default.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let buffer = FutureVar::new(Vec::with_capacity(4096));
    /// buffer.mget(|bytes| bytes.push(b'x'));
    /// ```
    #[doc(alias = "newFutureVar")]
    #[track_caller]
    pub fn new(value: T) -> Self {
        let future = NimFuture::named("FutureVar");
        future.put_value(value);
        FutureVar(future)
    }

    /// Shows the value to `f`, which may change it, in whatever state the variable is.
    ///
    /// # Panics
    ///
    /// If it is called inside itself, or the value was taken by way of [`future`](FutureVar::future).
    ///
    /// # Nim
    ///
    /// `mget`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// var.mget(|n| *n += 1);
    /// assert_eq!(var.mget(|n| *n), 2);
    /// ```
    #[track_caller]
    pub fn mget<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        match self.0.with_value(f) {
            Some(result) => result,
            None => panic!("the value of this FutureVar is out: `mget` runs already, or the value was taken"),
        }
    }

    /// Completes with the value that is there.
    ///
    /// # Panics
    ///
    /// If the variable is complete already.
    ///
    /// # Nim
    ///
    /// `complete(v)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// var.complete();
    /// assert_eq!(var.read()?, 1);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn complete(&self) {
        if !self.0.finish_in_place() {
            self.0.panic_finished_twice();
        }
    }

    /// Completes with another value.
    ///
    /// # Panics
    ///
    /// If the variable is complete already.
    ///
    /// # Nim
    ///
    /// `complete(v, value)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// var.complete_with(2);
    /// assert_eq!(var.read()?, 2);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "complete")]
    #[track_caller]
    pub fn complete_with(&self, value: T) {
        self.0.complete(value);
    }

    /// Makes the variable pending again; the value stays.
    ///
    /// An error is dropped; callbacks and awaiters stay.
    ///
    /// # Nim
    ///
    /// `clean`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// var.complete();
    /// var.clean();
    /// assert!(!var.finished());
    /// var.complete(); // once more
    /// ```
    pub fn clean(&self) {
        self.0.reopen();
    }

    /// The value, cloned, if the variable is complete.
    ///
    /// # Errors
    ///
    /// [`StillInProgress`](crate::ErrorKind::StillInProgress) while it is pending; its error if it was failed;
    /// [`Taken`](crate::ErrorKind::Taken) if the value was moved out by way of [`future`](FutureVar::future).
    ///
    /// # Nim
    ///
    /// `read`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// assert_eq!(var.read().unwrap_err().kind(), ErrorKind::StillInProgress);
    /// ```
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        self.0.read()
    }

    /// Whether the variable is complete, or has failed; `false` again after [`clean`](FutureVar::clean).
    ///
    /// # Nim
    ///
    /// `finished`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// assert!(!var.finished());
    /// var.complete();
    /// assert!(var.finished());
    /// ```
    pub fn finished(&self) -> bool {
        self.0.finished()
    }

    /// The variable as a future: to await it, to fail it, to add callbacks.
    ///
    /// Await it by reference, `var.future().await`, which clones the value. Moved out by `take` it is gone for `read`
    /// and `mget`.
    ///
    /// # Nim
    ///
    /// `Future[T](v)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let var = FutureVar::new(1);
    /// let reader = async_proc({ let var = var.clone(); async move { var.future().await } });
    /// var.complete_with(2);
    /// assert_eq!(wait_for(reader)?, 2);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn future(&self) -> &NimFuture<T> {
        &self.0
    }
}
