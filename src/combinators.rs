//! `and`, `or`, `all`: futures of several futures. All of them append to their inputs' callbacks; none replaces any.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::current::current;
use crate::dispatcher::Core;
use crate::error::Result;
use crate::future::{Awaitable, NimFuture};

/// Completes when both have completed, or fails with the first failure.
///
/// See [`NimFuture::and`].
///
/// # Errors
///
/// Those of [`NimFuture::and`], in the outcome.
///
/// # Cancel safety
///
/// As [`NimFuture::and`]: dropping or cancelling the outcome leaves the inputs alone.
///
/// # Nim
///
/// `a and b`; `and` is no operator that Rust could overload. The values are read from the inputs:
///
/// ```
/// use asyncdispatch::*;
///
/// let a = async_proc(async { sleep_async(2).await?; Ok(40) });
/// let b = async_proc(async { sleep_async(1).await?; Ok("two") });
/// wait_for(and(&a, &b))?;
/// assert_eq!((a.read()?, b.read()?), (40, "two"));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn and<A: 'static, B: 'static>(a: &NimFuture<A>, b: &NimFuture<B>) -> NimFuture<()> {
    a.and(b)
}

/// Finishes as the first of the two does.
///
/// See [`NimFuture::or`].
///
/// # Errors
///
/// Those of [`NimFuture::or`], in the outcome.
///
/// # Cancel safety
///
/// As [`NimFuture::or`]: dropping or cancelling the outcome leaves the inputs alone.
///
/// # Nim
///
/// `a or b`. Which it was is asked of the inputs:
///
/// ```
/// use asyncdispatch::*;
///
/// let (answer, stop) = (new_future::<i32>("answer"), sleep_async(1));
/// wait_for(or(&answer, &stop))?;
/// assert!(stop.finished() && !answer.finished());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn or<A: 'static, B: 'static>(a: &NimFuture<A>, b: &NimFuture<B>) -> NimFuture<()> {
    a.or(b)
}

/// What `f` ended with, its value left alone.
fn end_of<T: 'static>(f: &NimFuture<T>) -> Result<()> {
    f.read_error().map_or(Ok(()), Err)
}

/// Links one input of `and` to the outcome. `one_done` is set by the first input that completes.
fn link_and<A: 'static, B: 'static>(
    core: &Rc<Core>,
    input: &NimFuture<A>,
    other: &NimFuture<B>,
    one_done: &Rc<Cell<bool>>,
    outcome: &NimFuture<()>,
) {
    // The inputs must not keep each other alive.
    let (other, one_done, outcome) = (other.downgrade(), Rc::clone(one_done), outcome.clone());
    input.add_link(core, move |input| {
        let end = end_of(input);
        if end.is_err() {
            return outcome.settle(end);
        }
        let both = one_done.replace(true);
        match other.upgrade().filter(NimFuture::finished) {
            Some(other) => outcome.settle(end_of(&other)),
            None if both => outcome.settle(Ok(())),
            None => {}
        }
    });
}

impl<T: 'static> NimFuture<T> {
    /// Completes when this and `other` have completed, or fails with the first failure.
    ///
    /// Never finished on return with success, not even for finished inputs: it finishes in a queue phase. The values
    /// stay with the inputs, whose callbacks stay too. After a failure the other input goes on, and its later failure is
    /// silent.
    ///
    /// # Errors
    ///
    /// In the outcome: the first failure of the two; [`NotDriven`](crate::ErrorKind::NotDriven) in a tokio runtime that
    /// is not ours, if no dispatcher is installed.
    ///
    /// # Cancel safety
    ///
    /// Dropping or cancelling the outcome leaves the inputs alone.
    ///
    /// # Nim
    ///
    /// `and`. It replaces the callbacks there, and can lose a failure.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// wait_for(sleep_async(1).and(&sleep_async(2)))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn and<Y: 'static>(&self, other: &NimFuture<Y>) -> NimFuture<()> {
        let core = match current() {
            Ok(core) => core,
            Err(error) => return NimFuture::failed_with("and", error),
        };
        let (outcome, one_done) = (NimFuture::named("and"), Rc::default());
        link_and(&core, self, other, &one_done, &outcome);
        link_and(&core, other, self, &one_done, &outcome);
        outcome
    }

    /// Finishes as the first of this and `other` does.
    ///
    /// Never finished on return with success. The other goes on, and its later failure is silent. The value stays with
    /// the input; the inputs' callbacks stay too.
    ///
    /// # Errors
    ///
    /// In the outcome: the error of the first if it fails; [`NotDriven`](crate::ErrorKind::NotDriven) as in
    /// [`and`](NimFuture::and).
    ///
    /// # Cancel safety
    ///
    /// Dropping or cancelling the outcome leaves the inputs alone.
    ///
    /// # Nim
    ///
    /// `or`. It replaces the callbacks there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let slow = sleep_async(60_000);
    /// wait_for(sleep_async(1).or(&slow))?;
    /// assert!(!slow.finished());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn or<Y: 'static>(&self, other: &NimFuture<Y>) -> NimFuture<()> {
        let core = match current() {
            Ok(core) => core,
            Err(error) => return NimFuture::failed_with("or", error),
        };
        let outcome = NimFuture::named("or");
        let done = outcome.clone();
        self.add_link(&core, move |first| done.settle(end_of(first)));
        let done = outcome.clone();
        other.add_link(&core, move |second| done.settle(end_of(second)));
        outcome
    }
}

/// The values of `all` as they come.
struct Values<T> {
    values: Vec<Option<T>>,
    missing: usize,
}

/// Completes with all values in the order of the arguments, or fails with the first failure.
///
/// `NimFuture<T>` moves the values out, `&NimFuture<T>` clones them. No futures at all: complete on return, with an
/// empty `Vec`. After the first failure the others go on, and their failures are silent.
///
/// # Errors
///
/// In the outcome: the first failure, [`Taken`](crate::ErrorKind::Taken) if a value was moved out by somebody else
/// before; [`NotDriven`](crate::ErrorKind::NotDriven) in a tokio runtime that is not ours, if no dispatcher is installed.
///
/// # Cancel safety
///
/// Dropping or cancelling the outcome leaves the inputs alone.
///
/// # Nim
///
/// `all`. For `Future[void]` it gives `Future[void]` there, and a `Vec<()>` here.
///
/// ```
/// use asyncdispatch::*;
///
/// let squares = all((1..4).map(|n| async_proc(async move { sleep_async(5 - n).await?; Ok(n * n) })));
/// assert_eq!(wait_for(squares)?, [1, 4, 9]);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn all<I>(futs: I) -> NimFuture<Vec<<I::Item as Awaitable>::Value>>
where
    I: IntoIterator,
    I::Item: Awaitable,
{
    let core = match current() {
        Ok(core) => core,
        Err(error) => return NimFuture::failed_with("all", error),
    };
    let outcome = NimFuture::named("all");
    let inputs: Vec<I::Item> = futs.into_iter().collect();
    if inputs.is_empty() {
        outcome.settle(Ok(Vec::new()));
    }
    let missing = inputs.len();
    let values = Rc::new(RefCell::new(Values { values: inputs.iter().map(|_| None).collect(), missing }));
    for (index, input) in inputs.iter().enumerate() {
        let (values, outcome, read) = (Rc::clone(&values), outcome.clone(), I::Item::reader());
        input.handle().add_link(&core, move |input| match read(input) {
            Ok(value) => {
                let complete = {
                    let mut values = values.borrow_mut();
                    values.values[index] = Some(value);
                    values.missing -= 1;
                    (values.missing == 0).then(|| values.values.drain(..).flatten().collect())
                };
                if let Some(complete) = complete {
                    outcome.settle(Ok(complete));
                }
            }
            Err(error) => outcome.settle(Err(error)),
        });
    }
    outcome
}
