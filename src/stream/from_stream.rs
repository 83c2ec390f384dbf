//! Any std stream as one of this crate's.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use futures::stream::{Stream, StreamExt};

use super::FutureStream;
use crate::async_proc::async_proc;
use crate::current::current;
use crate::error::{Error, Result};

impl<T: 'static> FutureStream<T> {
    /// Makes a stream of what a std stream brings, read by an async proc.
    ///
    /// The proc starts at once and reads ahead as far as `capacity` values, at least 1, and one more that waits: the
    /// source goes on as the reader does. It ends with the source. When the last handle of the stream is dropped, or its
    /// reader [hangs up](FutureStream::hang_up), the source is dropped. The way back needs nothing: a `FutureStream` is
    /// a std stream.
    ///
    /// # Errors
    ///
    /// In the stream: [`Panicked`](crate::ErrorKind::Panicked) if the source panics, and the panic leaves through
    /// `poll`; [`NotDriven`](crate::ErrorKind::NotDriven) in a tokio runtime that is not ours without a dispatcher.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use futures::StreamExt;
    ///
    /// let stream = FutureStream::from_stream(futures::stream::iter(["a", "b"]).map(String::from), 8);
    /// assert_eq!(wait_for(read_all(&stream))?, "ab");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn from_stream(source: impl Stream<Item = T> + 'static, capacity: usize) -> FutureStream<T> {
        FutureStream::from_try_stream(source.map(Ok::<T, Error>), capacity)
    }

    /// As [`from_stream`](FutureStream::from_stream), for a source of results: its first `Err` fails the stream.
    ///
    /// # Errors
    ///
    /// In the stream: the source's, and those of [`from_stream`](FutureStream::from_stream).
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::from_try_stream(futures::stream::iter([Ok(1), Err("boom")]), 8);
    /// assert_eq!(wait_for(stream.read())?, Some(1));
    /// assert_eq!(wait_for(stream.read()).unwrap_err().to_string(), "boom");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn from_try_stream<E: Into<Error>>(
        source: impl Stream<Item = Result<T, E>> + 'static,
        capacity: usize,
    ) -> FutureStream<T> {
        let stream = FutureStream::bounded(capacity);
        let state = Rc::downgrade(&stream.state);
        stream.feed(async move {
            let mut source = pin!(source);
            while let Some(value) = source.next().await {
                let value = value.map_err(Into::into)?;
                // No handle is held over an await: the last one that somebody else drops ends this proc.
                let Some(written) = state.upgrade().map(|state| FutureStream::handle_of(state).write(value)) else {
                    break;
                };
                written.await?;
            }
            Ok(())
        });
        stream
    }

    /// Runs the proc that feeds the stream; as it ends, so does the stream.
    #[track_caller]
    fn feed(&self, feeding: impl Future<Output = Result<()>> + 'static) {
        let core = match current() {
            Ok(core) => core,
            Err(error) => return self.end_with(Err(error)),
        };
        let feeder = async_proc(feeding);
        let state = Rc::downgrade(&self.state);
        feeder.add_link(&core, move |feeder| {
            if let Some(state) = state.upgrade() {
                FutureStream::handle_of(state).end_with(feeder.end());
            }
        });
        self.state.borrow_mut().feeder = Some(feeder.abort_on_drop());
    }
}
