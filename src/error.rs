//! The one error of the crate, and what became of Nim's exceptions.
//!
//! A call that can fail returns [`Result`], and a failed future holds an [`Error`]. Its text is Nim's
//! wherever Nim has one, so that transcripts of both can be compared line by line. What Nim does not
//! say, such as which descriptor it was and what to do about it, is in `{:#}`, in `{:?}` and in
//! [`Error::detail`]. The docs of [`ErrorKind`] list which exception became what.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::panic::Location;
use std::sync::Arc;
use std::{fmt, io};

mod exception;
mod kind;
mod texts;

pub use exception::Exception;
pub use kind::ErrorKind;

/// What the calls of this crate return: a value, or an [`Error`].
///
/// The second parameter has a default, so that a program that imports everything from this crate
/// can still write `Result<T, E>` for its own results.
///
/// # Nim
///
/// A proc that may raise.
///
/// ```
/// use asyncdispatch::*;
///
/// fn port(text: &str) -> Result<u16> {
///     Ok(text.parse()?)
/// }
/// fn digits(text: &str) -> Result<u16, std::num::ParseIntError> {
///     text.parse()
/// }
/// assert_eq!(port("80")?, digits("80")?);
/// # Ok::<(), Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call or a future failed.
///
/// It is one pointer wide and cheap to clone, because every reader of a failed future gets the same
/// error. [`kind`](Error::kind) says which of the crate's failures it is,
/// [`downcast_ref`](Error::downcast_ref) gives the program's own error back.
///
/// `{}` prints Nim's text where Nim has one. `{:#}` adds, in brackets, what Nim does not say.
///
/// # Nim
///
/// `ref CatchableError`. The docs of [`ErrorKind`] list which exception became what.
///
/// ```
/// use asyncdispatch::*;
///
/// let error = Error::from(std::io::Error::from_raw_os_error(2));
/// assert_eq!(error.kind(), ErrorKind::Os);
/// assert_eq!(error.raw_os_error(), Some(2));
/// ```
#[doc(alias = "CatchableError")]
#[doc(alias = "OSError")]
#[doc(alias = "ValueError")]
#[doc(alias = "IOSelectorsException")]
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    text: Text,
    /// What Nim's text leaves out: which descriptor or future, and what to do about it.
    detail: Option<Cow<'static, str>>,
    /// What a send that failed had given to the system.
    bytes_sent: Option<usize>,
    /// Where the program raised it. `None` for the failures that this crate finds itself.
    raised_at: Option<&'static Location<'static>>,
}

type Cause = Arc<dyn StdError + Send + Sync>;

/// What an error says, and what it came from.
#[derive(Clone)]
enum Text {
    /// Words with nothing behind them.
    Words(Cow<'static, str>),
    /// A cause told in other words than its own: the system's text without Rust's suffix.
    Retold(Cow<'static, str>, Cause),
    /// A cause that speaks for itself.
    Own(Cause),
}

impl Error {
    /// Makes an error of any other error, so that an async proc can raise it.
    ///
    /// `?` alone does this for every [`Exception`]. Use `new` for the errors of other crates:
    /// `.map_err(Error::new)?`. An [`Error`] comes back as it is, and an
    /// [`io::Error`] of the operating system gets the kind [`ErrorKind::Os`].
    ///
    /// # Nim
    ///
    /// `newException`. The place of the call is kept and shown by `{:#}`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let error = Error::new(std::fmt::Error);
    /// assert!(error.is::<std::fmt::Error>());
    /// ```
    #[doc(alias = "newException")]
    #[track_caller]
    pub fn new(error: impl StdError + Send + Sync + 'static) -> Error {
        Error::raise(Box::new(error))
    }

    /// Which failure this is.
    ///
    /// # Nim
    ///
    /// The class of the exception: `except ValueError`. See the table of [`ErrorKind`].
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// while let Err(error) = poll() {
    ///     match error.kind() {
    ///         ErrorKind::NothingPending => break,
    ///         _ => eprintln!("a callback raised {error}"),
    ///     }
    /// }
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operating system's error number, if the system was the cause.
    ///
    /// # Nim
    ///
    /// `OSError.errorCode`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert_eq!(Error::from(std::io::Error::from_raw_os_error(9)).raw_os_error(), Some(9));
    /// assert_eq!(Error::from("boom").raw_os_error(), None);
    /// ```
    #[doc(alias = "errorCode")]
    pub fn raw_os_error(&self) -> Option<i32> {
        self.downcast_ref::<io::Error>()?.raw_os_error()
    }

    /// What Nim's text does not say: which descriptor or future it was, and what to do about it.
    ///
    /// For people: its words may change. `{:#}` prints it in brackets behind the text.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let error = poll().unwrap_err();
    /// assert_eq!(error.to_string(), "No handles or timers registered in dispatcher."); // as Nim
    /// assert!(error.detail().unwrap().contains("could end the wait"));
    /// assert_eq!(Error::from("boom").detail(), None);
    /// ```
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// How many bytes a send that failed, or was cancelled, had given to the system before.
    ///
    /// `None` for everything that is not the failure of a [`send`](crate::AsyncFD::send) or a
    /// [`write_all`](crate::AsyncFD::write_all) that had begun.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let send = fd.send("not yet");
    /// send.cancel();
    /// assert_eq!(send.read_error()?.bytes_sent(), Some(0));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn bytes_sent(&self) -> Option<usize> {
        self.0.bytes_sent
    }

    /// Whether this error was made of an `E`.
    ///
    /// # Nim
    ///
    /// `e of X`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let error = Error::from("x".parse::<u8>().unwrap_err());
    /// assert!(error.is::<std::num::ParseIntError>());
    /// ```
    pub fn is<E: StdError + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
    }

    /// The `E` that this error was made of.
    ///
    /// # Nim
    ///
    /// `except X as e`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let error = Error::new(std::io::Error::other("boom"));
    /// let io = error.downcast_ref::<std::io::Error>().unwrap();
    /// assert_eq!(io.kind(), std::io::ErrorKind::Other);
    /// ```
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.cause()?.downcast_ref()
    }

    fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        match &self.0.text {
            Text::Words(_) => None,
            Text::Retold(_, cause) | Text::Own(cause) => Some(&**cause),
        }
    }

    fn with_text(kind: ErrorKind, text: Text) -> Error {
        Error(Arc::new(Inner { kind, text, detail: None, bytes_sent: None, raised_at: None }))
    }

    /// An error that the program raised here.
    #[track_caller]
    fn raised(kind: ErrorKind, text: Text) -> Error {
        let raised_at = Some(Location::caller());
        Error(Arc::new(Inner { kind, text, detail: None, bytes_sent: None, raised_at }))
    }

    /// Raises any error. One of ours, also inside an `io::Error`, is raised again as it was.
    #[track_caller]
    fn raise(error: Box<dyn StdError + Send + Sync>) -> Error {
        let error = match error.downcast::<Error>() {
            Ok(ours) => return *ours,
            Err(other) => other,
        };
        let io = match error.downcast::<io::Error>() {
            Ok(io) => io,
            Err(other) => return Error::raised(ErrorKind::Raised, Text::Own(other.into())),
        };
        let io = match io.downcast::<Error>() {
            Ok(ours) => return ours,
            Err(io) => io,
        };
        let kind = io.raw_os_error().map_or(ErrorKind::Raised, |_| ErrorKind::Os);
        Error::raised(kind, Text::Own(Arc::new(io)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.text {
            Text::Words(words) | Text::Retold(words, _) => f.write_str(words)?,
            Text::Own(cause) => fmt::Display::fmt(cause, f)?,
        }
        if !f.alternate() {
            return Ok(());
        }
        if let Some(detail) = &self.0.detail {
            write!(f, " ({detail})")?;
        }
        if let Some(place) = self.0.raised_at {
            write!(f, " (raised at {place})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct(&format!("{:?}", self.0.kind));
        match &self.0.text {
            Text::Words(words) | Text::Retold(words, _) => out.field("message", words),
            Text::Own(cause) => out.field("error", cause),
        };
        if let Some(code) = self.raw_os_error() {
            out.field("code", &code);
        }
        if let Some(detail) = &self.0.detail {
            out.field("detail", detail);
        }
        if let Some(place) = self.0.raised_at {
            out.field("raised_at", &format_args!("{place}"));
        }
        out.finish()
    }
}

impl StdError for Error {
    /// The cause, unless its text is this error's own: then what is behind the cause, so that a
    /// report which prints the whole chain says nothing twice.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.text {
            Text::Words(_) => None,
            Text::Retold(_, cause) => Some(&**cause),
            Text::Own(cause) => cause.source(),
        }
    }
}

impl<E: Exception> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Error {
        Error::raise(Box::new(error))
    }
}

impl From<Box<dyn StdError + Send + Sync>> for Error {
    #[track_caller]
    fn from(error: Box<dyn StdError + Send + Sync>) -> Error {
        Error::raise(error)
    }
}

impl From<&str> for Error {
    #[track_caller]
    fn from(message: &str) -> Error {
        Error::from(message.to_owned())
    }
}

impl From<String> for Error {
    #[track_caller]
    fn from(message: String) -> Error {
        Error::raised(ErrorKind::Raised, Text::Words(message.into()))
    }
}

/// Keeps the system's error number; without one, the `io::Error` holds this error, and `?` gives it
/// back as it was.
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        match error.raw_os_error() {
            Some(errno) => io::Error::from_raw_os_error(errno),
            None => io::Error::new(error.io_kind(), error),
        }
    }
}

impl Error {
    /// What std would call this failure. Never `Interrupted`: std's loops try again on that.
    fn io_kind(&self) -> io::ErrorKind {
        match self.0.kind {
            ErrorKind::NotRegistered | ErrorKind::Resolve => io::ErrorKind::NotFound,
            ErrorKind::AlreadyRegistered => io::ErrorKind::AlreadyExists,
            ErrorKind::TooManyDescriptors => io::ErrorKind::QuotaExceeded,
            ErrorKind::WrongDescriptor | ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
            ErrorKind::StillInProgress => io::ErrorKind::WouldBlock,
            ErrorKind::StreamFinished => io::ErrorKind::BrokenPipe,
            ErrorKind::LoopInside => io::ErrorKind::Deadlock,
            ErrorKind::CallbacksQueued | ErrorKind::StillWaiting => io::ErrorKind::ResourceBusy,
            _ if self.is::<tokio::time::error::Elapsed>() => io::ErrorKind::TimedOut,
            _ => self.downcast_ref().map_or(io::ErrorKind::Other, io::Error::kind),
        }
    }
}
