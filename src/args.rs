//! What functions take: milliseconds, bytes to send, signals, process numbers, and what callbacks answer.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use crate::address::numbers;
use crate::error::{Error, Result};
use crate::sys;

/// About a century: a longer time cannot be added to the clock everywhere.
const LONGEST: i128 = 100 * 365 * 24 * 3600 * NANOS_PER_SECOND;
const NANOS_PER_SECOND: i128 = 1_000_000_000;
const NANOS_PER_MILLI: i128 = 1_000_000;

/// What can be a number of milliseconds: every integer and float type, as in Nim, or a [`Duration`].
///
/// What zero and negative values mean is said by each function. NaN, and more than a century, is
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) in all of them. A type of your own can implement it.
///
/// # Nim
///
/// `int` and `float` parameters.
///
/// ```
/// use asyncdispatch::*;
///
/// fn again(delay: impl IntoMillis, what: impl FnOnce() + 'static) {
///     sleep_async(delay).add_callback(move |_| what());
/// }
/// again(2, || println!("after 2 ms"));
/// again(0.5, || println!("after half a millisecond"));
/// again(std::time::Duration::from_micros(700), || println!("after 0.7 ms"));
/// drain()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub trait IntoMillis {
    /// The value, to the nanosecond; what floats have beyond is cut off.
    ///
    /// It never fails: NaN becomes a value that every function refuses.
    ///
    /// # Nim
    ///
    /// None: the conversion is implicit there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert_eq!(2.into_millis(), std::time::Duration::from_millis(2).into_millis());
    /// assert_eq!(0.000_001_9.into_millis(), std::time::Duration::from_nanos(1).into_millis());
    /// assert_eq!((-1.0).into_millis(), Millis::FOREVER);
    /// ```
    fn into_millis(self) -> Millis;
}

/// A number of milliseconds, to the nanosecond; it may be negative.
///
/// Write numbers: this is what functions make of them. It is of use for a parameter that is stored, or for
/// [`FOREVER`](Millis::FOREVER).
///
/// # Nim
///
/// `int` and `float` parameters.
///
/// ```
/// use asyncdispatch::*;
///
/// drain_with(Millis::FOREVER)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Millis {
    nanos: i128,
}

impl Millis {
    /// No limit: what -1 means in `poll_with`, `drain_with`, `turn_with` and `drained`.
    ///
    /// Elsewhere it is a negative number like any other: the next turn in `sleep_async`, refused by `add_timer`.
    pub const FOREVER: Millis = Millis { nanos: -NANOS_PER_MILLI };

    const NOT_A_NUMBER: Millis = Millis { nanos: i128::MAX };

    fn checked(self) -> Result<i128> {
        if self.nanos > LONGEST {
            return Err(Error::invalid_input("the number of milliseconds is not a number, or more than a century"));
        }
        Ok(self.nanos)
    }

    /// Of what is at most [`LONGEST`], which fits.
    fn duration(nanos: i128) -> Duration {
        Duration::from_nanos(nanos as u64)
    }

    /// For `sleep_async`: zero and negative are due at once, and come in the order of their deadlines all the same.
    pub(crate) fn after(self, now: Instant) -> Result<Instant> {
        match self.checked()? {
            nanos if nanos >= 0 => Ok(now + Millis::duration(nanos)),
            nanos => Ok(now.checked_sub(Millis::duration(nanos.saturating_neg().min(LONGEST))).unwrap_or(now)),
        }
    }

    /// For `add_timer`: zero and negative are refused.
    pub(crate) fn timer(self) -> Result<Duration> {
        match self.checked()? {
            nanos if nanos > 0 => Ok(Millis::duration(nanos)),
            _ => Err(Error::invalid_input("a timer needs more than 0 milliseconds; `call_soon` is the next turn")),
        }
    }

    /// For `poll` and `drain`: -1 is no limit, other negative values are refused.
    pub(crate) fn limit(self) -> Result<Option<Duration>> {
        match self.checked()? {
            nanos if nanos >= 0 => Ok(Some(Millis::duration(nanos))),
            nanos if nanos == Millis::FOREVER.nanos => Ok(None),
            nanos => {
                let ms = nanos as f64 / NANOS_PER_MILLI as f64;
                Err(Error::invalid_input(format!("Cannot select with a negative value, got: {ms}")))
            }
        }
    }
}

impl IntoMillis for Millis {
    fn into_millis(self) -> Millis {
        self
    }
}

impl IntoMillis for Duration {
    fn into_millis(self) -> Millis {
        Millis { nanos: i128::try_from(self.as_nanos()).unwrap_or(i128::MAX) }
    }
}

macro_rules! integers {
    ($($type:ty)*) => { $(
        impl IntoMillis for $type {
            fn into_millis(self) -> Millis {
                Millis { nanos: (self as i128).saturating_mul(NANOS_PER_MILLI) }
            }
        }
    )* };
}
integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

impl IntoMillis for f64 {
    fn into_millis(self) -> Millis {
        if self.is_nan() { Millis::NOT_A_NUMBER } else { Millis { nanos: (self * NANOS_PER_MILLI as f64) as i128 } }
    }
}

impl IntoMillis for f32 {
    fn into_millis(self) -> Millis {
        f64::from(self).into_millis()
    }
}

numbers!(
    /// A signal of the operating system; any `i32` is taken for one.
    ///
    /// It is checked when it is used: [`add_signal`](crate::add_signal) refuses what cannot be watched.
    ///
    /// # Nim
    ///
    /// `int`, and the constants of the module `posix`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert_eq!(Signal::from(15), Signal::SIGTERM);
    /// add_signal(28, |_| false)?; // SIGWINCH on Linux
    /// assert_eq!(add_signal(9, |_| false).unwrap_err().kind(), ErrorKind::InvalidInput); // SIGKILL
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Signal {
        /// Ctrl-C at the terminal.
        SIGINT = sys::SIGINT,
    }
);

impl From<i32> for Signal {
    fn from(number: i32) -> Signal {
        Signal::from_raw(number)
    }
}

/// Bytes to send: owned ones move in without a copy (`Vec`, `String`, `Box<[u8]>`, `Bytes`), borrowed ones are copied.
///
/// What implements `Into<SendBuf>` is what [`send`](crate::send) and [`send_to`](crate::send_to) take. To send the same
/// bytes to many, make them `Bytes` once: its clones share the memory (an `Arc<[u8]>` is copied). For borrowed bytes
/// without a copy there is [`write_all`](crate::AsyncFD::write_all).
///
/// # Nim
///
/// `string` and `pointer` parameters; the latter must be kept until the future is finished there.
///
/// ```
/// use asyncdispatch::*;
///
/// fn broadcast(clients: &[AsyncFD], line: impl Into<SendBuf>) {
///     let line = line.into();
///     for client in clients {
///         client.send(line.clone()).check(); // no copy
///     }
/// }
/// # let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// broadcast(&[client, client], "moved or copied once");
/// # drain()?;
/// # client.close_socket()?;
/// # assert_eq!(std::io::read_to_string(theirs)?, "moved or copied oncemoved or copied once");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SendBuf(Bytes);

impl SendBuf {
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

macro_rules! moved {
    ($($type:ty)*) => { $(
        impl From<$type> for SendBuf {
            fn from(data: $type) -> SendBuf {
                SendBuf(data.into())
            }
        }
    )* };
}
moved!(String Vec<u8> Box<[u8]> Bytes BytesMut);

macro_rules! copied {
    ($($type:ty)*) => { $(
        impl From<$type> for SendBuf {
            fn from(data: $type) -> SendBuf {
                SendBuf(Bytes::copy_from_slice(data.as_ref()))
            }
        }
    )* };
}
copied!(&str &String &[u8] &mut [u8] &Vec<u8> Arc<[u8]>);

impl From<Cow<'_, str>> for SendBuf {
    fn from(data: Cow<'_, str>) -> SendBuf {
        data.into_owned().into()
    }
}

impl From<Cow<'_, [u8]>> for SendBuf {
    fn from(data: Cow<'_, [u8]>) -> SendBuf {
        data.into_owned().into()
    }
}

impl<const N: usize> From<&[u8; N]> for SendBuf {
    fn from(data: &[u8; N]) -> SendBuf {
        data.as_slice().into()
    }
}

impl<const N: usize> From<[u8; N]> for SendBuf {
    fn from(data: [u8; N]) -> SendBuf {
        data.as_slice().into()
    }
}

/// A process: its number (`u32` as of `Child::id`, `i32` as of Nim) or `&Child`.
///
/// It is checked when it is used: [`add_process`](crate::add_process) refuses 0, negative and unknown ones. It does not
/// keep the number from being given to another process; while a child is not waited for, it is not.
///
/// # Nim
///
/// `int`.
///
/// ```
/// use asyncdispatch::*;
///
/// let mut child = std::process::Command::new("true").spawn()?;
/// assert_eq!(Pid::from(&child), Pid::from(child.id()));
/// child.wait()?;
/// assert_eq!(add_process(0, |_| true).unwrap_err().kind(), ErrorKind::InvalidInput);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pid(i64);

impl Pid {
    pub(crate) fn get(self) -> Result<i32> {
        i32::try_from(self.0)
            .ok()
            .filter(|pid| *pid > 0)
            .ok_or_else(|| Error::invalid_input(format!("{} is not the number of a process", self.0)))
    }
}

impl From<i32> for Pid {
    fn from(pid: i32) -> Pid {
        Pid(pid.into())
    }
}

impl From<u32> for Pid {
    fn from(pid: u32) -> Pid {
        Pid(pid.into())
    }
}

impl From<&std::process::Child> for Pid {
    fn from(child: &std::process::Child) -> Pid {
        child.id().into()
    }
}

/// What a callback may answer: the plain value, or `Result` of it; an `Err` leaves through `poll`, as in Nim.
///
/// The value is `bool` for [`add_read`](crate::add_read) and the like, `()` for [`call_soon`](crate::call_soon). A
/// closure that uses `?` has to name its type: `|_| -> Result<bool> { … }`. It cannot be implemented for other types.
///
/// # Nim
///
/// A callback that may raise.
///
/// ```
/// use asyncdispatch::*;
///
/// call_soon(|| println!("cannot fail"));
/// call_soon(|| Err::<(), Error>("raised".into()));
/// assert_eq!(poll().unwrap_err().to_string(), "raised");
/// ```
pub trait OrRaise<T>: sealed::Sealed {
    /// The answer as a `Result`: what is plain cannot fail.
    ///
    /// # Errors
    ///
    /// What the callback raised.
    ///
    /// # Nim
    ///
    /// None. For who writes a function that takes such callbacks himself:
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// fn twice<R: OrRaise<()>>(mut work: impl FnMut() -> R) -> Result<()> {
    ///     work().into_result()?;
    ///     work().into_result()
    /// }
    /// assert!(twice(|| println!("cannot fail")).is_ok());
    /// assert!(twice(|| Err::<(), Error>("raised".into())).is_err());
    /// ```
    fn into_result(self) -> Result<T>;
}

macro_rules! answers {
    ($($type:ty),*) => { $(
        impl OrRaise<$type> for $type {
            fn into_result(self) -> Result<$type> {
                Ok(self)
            }
        }

        impl OrRaise<$type> for Result<$type> {
            fn into_result(self) -> Result<$type> {
                self
            }
        }

        /// `|_| panic!()`, `|_| loop {}`
        impl OrRaise<$type> for Never {
            fn into_result(self) -> Result<$type> {
                match self {}
            }
        }
    )* };
}
answers!(bool, ());

/// The type of an expression that never ends; it has no name on stable Rust.
type Never = <fn() -> ! as never::Out>::Type;

mod never {
    pub trait Out {
        type Type;
    }

    impl<R> Out for fn() -> R {
        type Type = R;
    }
}

pub(crate) mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Never {}
    impl Sealed for bool {}
    impl Sealed for () {}
    impl<T> Sealed for crate::error::Result<T> {}
    impl Sealed for Vec<u8> {}
    impl Sealed for String {}
}
