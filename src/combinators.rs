//! `and`, `or`, `all`: futures of several futures. All of them append to their inputs' callbacks; none replaces any.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::current::current;
use crate::dispatcher::Core;
use crate::future::{Awaitable, NimFuture};
use crate::source::Source;

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
/// As [`NimFuture::and`]: dropping the outcome cancels nothing.
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
/// As [`NimFuture::or`]: dropping the outcome cancels nothing.
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

/// The outcome of `and`, and whether one input has completed.
struct Both {
    outcome: NimFuture<()>,
    one_done: Cell<bool>,
}

/// Links one input of `and` to the outcome.
fn link_and<A: 'static, B: 'static>(
    core: &Rc<Core>,
    input: &NimFuture<A>,
    other: &NimFuture<B>,
    both: &Rc<Both>,
) -> usize {
    // The inputs must not keep each other alive.
    let (other, both) = (other.downgrade(), Rc::clone(both));
    input.add_link(core, move |input| {
        let end = input.end();
        if end.is_err() {
            return both.outcome.settle(end);
        }
        let all_done = both.one_done.replace(true);
        match other.upgrade().filter(NimFuture::finished) {
            Some(other) => both.outcome.settle(other.end()),
            None if all_done => both.outcome.settle(Ok(())),
            None => {}
        }
    })
}

/// What `cancel` does to the outcome of two inputs: both links are undone.
fn two_inputs(a: impl FnOnce() + 'static, b: impl FnOnce() + 'static) -> Source {
    Source::Wrapper(Box::new(move || {
        a();
        b();
    }))
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
    /// Dropping the outcome cancels nothing. [`cancel`](NimFuture::cancel) leaves those inputs alone of which there is
    /// another handle, and cancels the others.
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
        let outcome = NimFuture::named("and");
        let both = Rc::new(Both { outcome: outcome.clone(), one_done: Cell::new(false) });
        let links = (link_and(&core, self, other, &both), link_and(&core, other, self, &both));
        outcome.set_source(two_inputs(self.unlinking(links.0), other.unlinking(links.1)));
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
    /// Dropping the outcome cancels nothing. [`cancel`](NimFuture::cancel) leaves those inputs alone of which there is
    /// another handle, and cancels the others.
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
        let done = Rc::new(outcome.clone());
        let first = self.add_link(&core, {
            let done = Rc::clone(&done);
            move |first| done.settle(first.end())
        });
        let second = other.add_link(&core, move |second| done.settle(second.end()));
        outcome.set_source(two_inputs(self.unlinking(first), other.unlinking(second)));
        outcome
    }
}

/// The values of `all` as they come.
struct Values<T> {
    outcome: NimFuture<Vec<T>>,
    values: RefCell<Vec<Option<T>>>,
    missing: Cell<usize>,
}

impl<T: 'static> Values<T> {
    fn put(&self, index: usize, value: T) {
        self.values.borrow_mut()[index] = Some(value);
        self.missing.set(self.missing.get() - 1);
        if self.missing.get() == 0 {
            let values = self.values.take();
            self.outcome.settle(Ok(values.into_iter().flatten().collect()));
        }
    }
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
/// Dropping the outcome cancels nothing. [`cancel`](NimFuture::cancel) leaves those inputs alone of which there is
/// another handle, and cancels the others.
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
        return outcome;
    }
    let values = Rc::new(Values {
        outcome: outcome.clone(),
        values: RefCell::new(inputs.iter().map(|_| None).collect()),
        missing: Cell::new(inputs.len()),
    });
    let mut unlinks = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().map(Awaitable::handle).enumerate() {
        let (values, read) = (Rc::clone(&values), I::Item::reader());
        let link = input.add_link(&core, move |input| match read(input) {
            Ok(value) => values.put(index, value),
            Err(error) => values.outcome.settle(Err(error)),
        });
        unlinks.push(input.unlinking(link));
    }
    outcome.set_source(Source::Wrapper(Box::new(move || unlinks.into_iter().for_each(|unlink| unlink()))));
    outcome
}
