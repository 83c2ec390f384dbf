//! `FutureStream<T>`: values handed from writers to readers, Nim's `asyncstreams`.
//!
//! The stream's own callback is the one exception to "callbacks are queued": it runs inside `write`, `complete` and
//! `fail`, and inside a `read` that leaves data.

mod callback;
mod exchange;
mod from_stream;
mod hang_up;
mod read_all;
mod std_traits;

use callback::Callback;
pub use hang_up::HangUpOnDrop;
pub use read_all::{Concat, read_all};

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::future::{AbortOnDrop, NimFuture};
use crate::line::Who;
use crate::source::{Source, Withdraw};

struct State<T> {
    queue: VecDeque<T>,
    capacity: usize,
    ended: bool,
    error: Option<Error>,
    /// Readers that wait, oldest first, by their number.
    readers: VecDeque<(u64, NimFuture<Option<T>>)>,
    /// Writers that wait for room, oldest first, by their number.
    writers: VecDeque<(u64, T, NimFuture<()>)>,
    last_number: u64,
    /// Tasks that poll the stream as a std stream.
    pollers: Vec<Who>,
    callback: Option<Callback<T>>,
    /// The proc that writes what another stream brings.
    feeder: Option<AbortOnDrop<()>>,
    /// [`State::abandon`], with what it needs to know of `T`.
    abandon: fn(&mut State<T>),
}

/// A queue of values with an end, Nim's `FutureStream[T]`: a cheap handle, `Clone` and `!Send`.
///
/// It is also a `futures::Stream` of `Result<T>`, fused, and a `futures::Sink`. Values are handed to waiting readers
/// oldest first. When the last handle goes, reads and writes that wait fail.
///
/// As a std stream it gives the error of a failed stream once, then the end. Its size hint counts what is queued: it
/// holds as long as nobody else reads. As a sink it takes one value more than there is room for with each handle, which
/// waits as a [`write`](FutureStream::write) does, in the same line; `flush` waits for it, and so does the next value.
/// Closing the sink is [`complete`](FutureStream::complete).
///
/// # Cancel safety
///
/// `next` of `futures::StreamExt` is cancel safe: dropped before it is ready, it has taken nothing. Dropping the `send`
/// of `futures::SinkExt` before it is ready leaves open whether its value is written or dropped with it.
///
/// # Nim
///
/// `FutureStream[T]`.
///
/// ```
/// use asyncdispatch::*;
///
/// let stream = FutureStream::new();
/// let whole = read_all(&stream);
/// stream.write("a".to_string()).check();
/// stream.write("b".to_string()).check();
/// stream.complete();
/// assert_eq!(wait_for(whole)?, "ab");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub struct FutureStream<T> {
    state: Rc<RefCell<State<T>>>,
    /// Whether this handle, as a std stream, has given the stream's error out.
    error_given: bool,
    /// The value that this handle, as a sink, has taken and that waits for room.
    sending: Option<NimFuture<()>>,
}

impl<T> Clone for FutureStream<T> {
    fn clone(&self) -> Self {
        FutureStream::handle_of(Rc::clone(&self.state))
    }
}

impl<T> FutureStream<T> {
    fn handle_of(state: Rc<RefCell<State<T>>>) -> Self {
        FutureStream { state, error_given: false, sending: None }
    }
}

impl<T> fmt::Debug for FutureStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        f.debug_struct("FutureStream")
            .field("len", &state.queue.len())
            .field("ended", &state.ended)
            .field("error", &state.error)
            .finish()
    }
}

impl<T: 'static> Default for FutureStream<T> {
    fn default() -> Self {
        FutureStream::new()
    }
}

/// Makes an empty, open stream; `from_proc` is used in diagnostics only.
///
/// # Nim
///
/// `newFutureStream[T](fromProc)`.
///
/// ```
/// use asyncdispatch::*;
///
/// assert!(new_future_stream::<i32>("example").is_empty());
/// ```
#[doc(alias = "newFutureStream")]
pub fn new_future_stream<T: 'static>(_from_proc: &'static str) -> FutureStream<T> {
    FutureStream::new()
}

impl<T: 'static> FutureStream<T> {
    /// Makes an empty, open stream without a bound.
    ///
    /// # Nim
    ///
    /// `newFutureStream[T]()`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert!(FutureStream::<i32>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        FutureStream::bounded(usize::MAX)
    }

    /// Makes an empty, open stream that holds at most `capacity` values, at least 1: `write` waits for room.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::bounded(1);
    /// assert!(stream.try_write(1).is_ok());
    /// assert_eq!(stream.try_write(2), Err(2));
    /// ```
    pub fn bounded(capacity: usize) -> Self {
        FutureStream::handle_of(Rc::new(RefCell::new(State {
            queue: VecDeque::new(),
            capacity: capacity.max(1),
            ended: false,
            error: None,
            readers: VecDeque::new(),
            writers: VecDeque::new(),
            last_number: 0,
            pollers: Vec::new(),
            callback: None,
            feeder: None,
            abandon: State::abandon,
        })))
    }

    /// Appends a value; the future is finished at once unless a bounded stream is full.
    ///
    /// # Errors
    ///
    /// In the future: [`StreamFinished`](crate::ErrorKind::StreamFinished) if the stream has ended or failed, or its
    /// reader [hangs up](FutureStream::hang_up). The value is dropped then; [`try_write`](FutureStream::try_write) gives
    /// it back.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: the value is written when there is room.
    /// [`cancel`](NimFuture::cancel) takes a value back that waits, and drops it.
    ///
    /// # Nim
    ///
    /// `write`. Streams have no bound there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::bounded(1);
    /// assert!(stream.write(1).finished());
    /// let second = stream.write(2);
    /// assert!(!second.finished());
    /// assert_eq!(wait_for(stream.read())?, Some(1));
    /// wait_for(second)?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn write(&self, value: T) -> NimFuture<()> {
        let future = NimFuture::named("FutureStream.write");
        {
            let mut state = self.state.borrow_mut();
            if state.ended {
                drop(state);
                future.settle(Err(Error::stream_finished()));
                drop(value);
                return future;
            }
            if state.queue.len() >= state.capacity {
                let id = state.next_number();
                state.writers.push_back((id, value, future.clone()));
                future.set_source(self.source(id));
                return future;
            }
            state.queue.push_back(value);
        }
        future.settle(Ok(()));
        self.changed();
        future
    }

    /// Appends a value if there is room and the stream is open; gives it back otherwise.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::new();
    /// assert_eq!(stream.try_write(1), Ok(()));
    /// stream.complete();
    /// assert_eq!(stream.try_write(2), Err(2));
    /// ```
    pub fn try_write(&self, value: T) -> Result<(), T> {
        {
            let mut state = self.state.borrow_mut();
            if state.ended || state.queue.len() >= state.capacity {
                return Err(value);
            }
            state.queue.push_back(value);
        }
        self.changed();
        Ok(())
    }

    /// Marks the end; what is queued can still be read.
    ///
    /// # Panics
    ///
    /// If the stream has failed.
    ///
    /// # Nim
    ///
    /// `complete`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::<i32>::new();
    /// stream.complete();
    /// assert!(stream.finished());
    /// ```
    #[track_caller]
    pub fn complete(&self) {
        {
            let mut state = self.state.borrow_mut();
            assert!(state.error.is_none(), "Trying to complete failed stream");
            state.ended = true;
        }
        self.changed();
    }

    /// Marks the end with an error; what is queued can still be read.
    ///
    /// # Panics
    ///
    /// If the stream has ended or failed.
    ///
    /// # Nim
    ///
    /// `fail`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::<i32>::new();
    /// stream.fail("boom");
    /// assert_eq!(wait_for(stream.read()).unwrap_err().to_string(), "boom");
    /// ```
    #[track_caller]
    pub fn fail(&self, error: impl Into<Error>) {
        let error = error.into();
        {
            let mut state = self.state.borrow_mut();
            assert!(!state.ended, "Trying to fail a stream that has ended");
            state.ended = true;
            state.error = Some(error);
        }
        self.changed();
    }

    /// Takes the oldest value, or `None` at the end.
    ///
    /// Finished on return if there is something to read. All readers that wait hear of the end.
    ///
    /// # Errors
    ///
    /// In the future: the error of a failed stream, after what it holds was read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: it takes a value, which is lost with it. [`cancel`](NimFuture::cancel) takes
    /// none. In a `select!` use `next` of `futures::StreamExt`, or await one read by `&mut`.
    ///
    /// # Nim
    ///
    /// `read`, which gives `(bool, T)` there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::new();
    /// wait_for(stream.write(1))?;
    /// stream.complete();
    /// assert_eq!(wait_for(stream.read())?, Some(1));
    /// assert_eq!(wait_for(stream.read())?, None);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn read(&self) -> NimFuture<Option<T>> {
        let future = NimFuture::named("FutureStream.read");
        let id = {
            let mut state = self.state.borrow_mut();
            let id = state.next_number();
            state.readers.push_back((id, future.clone()));
            id
        };
        let served = self.serve();
        if !future.finished() {
            future.set_source(self.source(id));
        }
        if served && !self.is_empty() {
            self.call();
        }
        future
    }

    /// Whether the stream has ended and all values have been read.
    ///
    /// # Nim
    ///
    /// `finished`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::<i32>::new();
    /// stream.complete();
    /// assert!(stream.finished());
    /// ```
    pub fn finished(&self) -> bool {
        let state = self.state.borrow();
        state.ended && state.queue.is_empty()
    }

    /// Whether the stream has failed.
    ///
    /// # Nim
    ///
    /// `failed`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::<i32>::new();
    /// stream.fail("boom");
    /// assert!(stream.failed());
    /// ```
    pub fn failed(&self) -> bool {
        self.state.borrow().error.is_some()
    }

    /// The error that the stream has failed with.
    ///
    /// # Nim
    ///
    /// The field `error`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::<i32>::new();
    /// stream.fail("boom");
    /// assert_eq!(stream.error().unwrap().to_string(), "boom");
    /// ```
    pub fn error(&self) -> Option<Error> {
        self.state.borrow().error.clone()
    }

    /// How many values are queued.
    ///
    /// What waits for room in a bounded stream is not counted.
    ///
    /// # Nim
    ///
    /// `len`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::new();
    /// stream.write(1).check();
    /// assert_eq!(stream.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.state.borrow().queue.len()
    }

    /// Whether no value is queued.
    ///
    /// # Nim
    ///
    /// `len(s) == 0`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert!(FutureStream::<i32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
