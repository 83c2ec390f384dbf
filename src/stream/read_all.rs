//! `read_all`: everything that a stream brings, joined.

use super::FutureStream;
use crate::args::sealed;
use crate::async_proc::async_proc;
use crate::future::NimFuture;

/// What [`read_all`] can put together: `String` and `Vec<u8>`.
///
/// # Nim
///
/// `string`.
///
/// ```
/// use asyncdispatch::*;
///
/// fn whole<T: Concat>(stream: FutureStream<T>) -> Result<T> {
///     wait_for(read_all(&stream))
/// }
/// let stream = FutureStream::<String>::new();
/// stream.complete();
/// assert_eq!(whole(stream)?, "");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub trait Concat: sealed::Sealed + Default + 'static {
    #[doc(hidden)]
    fn append(&mut self, part: Self);
}

impl Concat for String {
    fn append(&mut self, part: Self) {
        self.push_str(&part);
    }
}

impl Concat for Vec<u8> {
    fn append(&mut self, mut part: Self) {
        Vec::append(self, &mut part);
    }
}

/// Reads a stream to its end and puts its values together.
///
/// # Errors
///
/// In the future: the error of a failed stream.
///
/// # Cancel safety
///
/// Dropping the future cancels nothing. After [`cancel`](NimFuture::cancel) what was read so far is lost, and the stream
/// goes on.
///
/// # Nim
///
/// `readAll`, for strings there.
///
/// ```
/// use asyncdispatch::*;
///
/// let stream = FutureStream::new();
/// wait_for(stream.write(b"bytes".to_vec()))?;
/// stream.complete();
/// assert_eq!(wait_for(read_all(&stream))?, b"bytes");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "readAll")]
#[track_caller]
pub fn read_all<T: Concat>(stream: &FutureStream<T>) -> NimFuture<T> {
    let stream = stream.clone();
    async_proc(async move {
        let mut whole = T::default();
        while let Some(part) = stream.read().await? {
            whole.append(part);
        }
        Ok(whole)
    })
}
