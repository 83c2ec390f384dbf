//! The end of a stream that its reader makes.

use std::mem;
use std::ops::{Deref, DerefMut};

use super::FutureStream;
use crate::error::Error;
use crate::to_the_end::to_the_end;

/// A handle of a stream which hangs up when it is dropped; made by [`FutureStream::hang_up_on_drop`].
///
/// # Nim
///
/// Nim has none.
///
/// ```
/// use asyncdispatch::*;
///
/// let stream = FutureStream::bounded(1);
/// let reader = stream.clone().hang_up_on_drop();
/// let (_first, second) = (stream.write(1), stream.write(2));
/// assert_eq!(wait_for(reader.read())?, Some(1));
/// drop(reader);
/// wait_for(second)?; // had room
/// assert_eq!(wait_for(stream.write(3)).unwrap_err().kind(), ErrorKind::StreamFinished);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Debug)]
pub struct HangUpOnDrop<T: 'static> {
    stream: FutureStream<T>,
}

impl<T: 'static> FutureStream<T> {
    /// Ends the stream from its reader's side: what is queued is dropped, and so is what waits to be written.
    ///
    /// Writes that wait, and later ones, fail with [`StreamFinished`](crate::ErrorKind::StreamFinished), so that a
    /// writer of a bounded stream does not wait for ever for a reader that has gone; other readers hear of the end. All
    /// handles are alike: only the program knows which one reads, hence this call. See also
    /// [`hang_up_on_drop`](FutureStream::hang_up_on_drop).
    ///
    /// # Nim
    ///
    /// Nim has none: streams have no bound there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::bounded(1);
    /// stream.write(1).check();
    /// let waits = stream.write(2);
    /// stream.hang_up();
    /// assert_eq!(waits.read_error()?.kind(), ErrorKind::StreamFinished);
    /// assert!(stream.finished());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn hang_up(&self) {
        let (queue, writers, feeder) = {
            let mut state = self.state.borrow_mut();
            state.ended = true;
            (mem::take(&mut state.queue), mem::take(&mut state.writers), state.feeder.take())
        };
        let steps: [Box<dyn FnOnce()>; 4] = [
            Box::new(|| to_the_end(writers, |(_, _value, writer)| writer.settle(Err(Error::stream_finished())))),
            Box::new(|| self.changed()),
            Box::new(|| drop(queue)),
            Box::new(|| drop(feeder)),
        ];
        to_the_end(steps, |step| step());
    }

    /// Makes a guard of this handle, which [hangs up](FutureStream::hang_up) when it is dropped: for the reader.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::<i32>::bounded(1);
    /// drop(stream.clone().hang_up_on_drop());
    /// assert_eq!(stream.try_write(1), Err(1));
    /// ```
    pub fn hang_up_on_drop(self) -> HangUpOnDrop<T> {
        HangUpOnDrop { stream: self }
    }
}

impl<T: 'static> Deref for HangUpOnDrop<T> {
    type Target = FutureStream<T>;

    fn deref(&self) -> &FutureStream<T> {
        &self.stream
    }
}

impl<T: 'static> DerefMut for HangUpOnDrop<T> {
    fn deref_mut(&mut self) -> &mut FutureStream<T> {
        &mut self.stream
    }
}

impl<T: 'static> Drop for HangUpOnDrop<T> {
    fn drop(&mut self) {
        self.stream.hang_up();
    }
}
