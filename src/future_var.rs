//! `FutureVar<T>`: a future whose value is there, and can be changed, before it is complete.

use crate::error::Result;
use crate::future::NimFuture;

/// A future that can be completed with the value that it holds, and used again, Nim's `FutureVar[T]`.
#[derive(Debug)]
pub struct FutureVar<T>(NimFuture<T>);

impl<T> Clone for FutureVar<T> {
    fn clone(&self) -> Self {
        FutureVar(self.0.clone())
    }
}

/// Makes a variable with the default value.
#[doc(alias = "newFutureVar")]
#[track_caller]
pub fn new_future_var<T: Default + 'static>(from_proc: &'static str) -> FutureVar<T> {
    let future = NimFuture::named(from_proc);
    future.put_value(T::default());
    FutureVar(future)
}

impl<T: 'static> FutureVar<T> {
    /// Makes a variable with a value.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let future = NimFuture::named("FutureVar");
        future.put_value(value);
        FutureVar(future)
    }

    /// Shows the value to `f`, which may change it, in whatever state the variable is.
    #[track_caller]
    pub fn mget<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        match self.0.with_value(f) {
            Some(result) => result,
            None => panic!("the value of this FutureVar is out: `mget` runs already, or the value was taken"),
        }
    }

    /// Completes with the value that is there.
    #[track_caller]
    pub fn complete(&self) {
        if !self.0.finish_in_place() {
            self.0.panic_finished_twice();
        }
    }

    /// Completes with another value.
    #[track_caller]
    pub fn complete_with(&self, value: T) {
        self.0.complete(value);
    }

    /// Makes the variable pending again; the value stays.
    pub fn clean(&self) {
        self.0.reopen();
    }

    /// The value, cloned, if the variable is complete.
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        self.0.read()
    }

    /// Whether the variable is complete.
    pub fn finished(&self) -> bool {
        self.0.finished()
    }

    /// The variable as a future.
    pub fn future(&self) -> &NimFuture<T> {
        &self.0
    }
}
