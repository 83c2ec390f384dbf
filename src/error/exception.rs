//! Which errors `?` raises without being asked.

use std::error::Error as StdError;

/// The errors that `?` turns into an [`Error`](crate::Error) by itself.
///
/// The errors of std and of tokio are exceptions. Make your own type one with an empty `impl`. For
/// the type of another crate, which Rust does not let you implement this for, write
/// `.map_err(Error::new)?`.
///
/// # Nim
///
/// `object of CatchableError`.
///
/// ```
/// use asyncdispatch::*;
///
/// #[derive(Debug)]
/// struct RedisError(i32);
///
/// impl std::fmt::Display for RedisError {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str("WRONGTYPE")
///     }
/// }
/// impl std::error::Error for RedisError {}
/// impl Exception for RedisError {}
///
/// fn command() -> Result<()> {
///     Err(RedisError(7))?
/// }
/// let error = command().unwrap_err();
/// assert_eq!(error.to_string(), "WRONGTYPE");
/// assert_eq!(error.downcast_ref::<RedisError>().unwrap().0, 7);
/// ```
#[doc(alias = "CatchableError")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `Exception`",
    note = "write `impl asyncdispatch::Exception for {Self} {{}}`, or `.map_err(asyncdispatch::Error::new)?` for another crate's type"
)]
pub trait Exception: StdError + Send + Sync + 'static {}

macro_rules! exceptions {
    ($($error:ty),* $(,)?) => { $(impl Exception for $error {})* };
}

// A user can't add to this list: neither the trait nor these types are his.
exceptions!(
    std::alloc::LayoutError,
    std::array::TryFromSliceError,
    std::cell::BorrowError,
    std::cell::BorrowMutError,
    std::char::CharTryFromError,
    std::char::DecodeUtf16Error,
    std::char::ParseCharError,
    std::char::TryFromCharError,
    std::collections::TryReserveError,
    std::convert::Infallible,
    std::env::JoinPathsError,
    std::env::VarError,
    std::ffi::FromBytesUntilNulError,
    std::ffi::FromBytesWithNulError,
    std::ffi::FromVecWithNulError,
    std::ffi::IntoStringError,
    std::ffi::NulError,
    std::fmt::Error,
    std::io::Error,
    std::net::AddrParseError,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::path::StripPrefixError,
    std::str::ParseBoolError,
    std::str::Utf8Error,
    std::string::FromUtf16Error,
    std::string::FromUtf8Error,
    std::sync::mpsc::RecvError,
    std::sync::mpsc::RecvTimeoutError,
    std::sync::mpsc::TryRecvError,
    std::thread::AccessError,
    std::time::SystemTimeError,
    std::time::TryFromFloatSecsError,
    tokio::runtime::TryCurrentError,
    tokio::sync::AcquireError,
    tokio::sync::TryAcquireError,
    tokio::sync::TryLockError,
    tokio::sync::broadcast::error::RecvError,
    tokio::sync::broadcast::error::TryRecvError,
    tokio::sync::mpsc::error::TryRecvError,
    tokio::sync::oneshot::error::RecvError,
    tokio::sync::oneshot::error::TryRecvError,
    tokio::sync::watch::error::RecvError,
    tokio::task::JoinError,
    tokio::time::error::Elapsed,
);

// Sending gives the value back in the error. `Debug` is what std and tokio ask for.
impl<T: Send + Sync + 'static> Exception for std::sync::mpsc::SendError<T> {}
impl<T: std::fmt::Debug + Send + Sync + 'static> Exception for tokio::sync::mpsc::error::SendError<T> {}
impl<T: std::fmt::Debug + Send + Sync + 'static> Exception for tokio::sync::broadcast::error::SendError<T> {}
impl<T: std::fmt::Debug + Send + Sync + 'static> Exception for tokio::sync::watch::error::SendError<T> {}
