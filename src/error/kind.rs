//! Which failure an error is.

/// Which failure an [`Error`](crate::Error) is.
///
/// More kinds may be added, so a `match` needs a last arm.
///
/// # Nim
///
/// The class of the exception. Nim uses `ValueError` and `AssertionDefect` for many things; each has
/// its own kind here.
///
/// | Nim | where | here |
/// |---|---|---|
/// | `ValueError` | `poll`, `waitFor`, `runForever` with nothing to wait for | [`NothingPending`](ErrorKind::NothingPending) |
/// | `ValueError` | a descriptor that is not registered | [`NotRegistered`](ErrorKind::NotRegistered); in `recv`, `send`… as a failed future |
/// | `ValueError` | `closeSocket`: a callback returned `false` | [`StillWaiting`](ErrorKind::StillWaiting) |
/// | `ValueError` | `read` of a pending future | [`StillInProgress`](ErrorKind::StillInProgress) |
/// | `ValueError` | `readError` of a future without error | [`NoError`](ErrorKind::NoError) |
/// | `ValueError` | `write` to an ended stream (in the future) | [`StreamFinished`](ErrorKind::StreamFinished) |
/// | `IOError`, `OSError` | `dial`, `connect`: no address for the name | [`Resolve`](ErrorKind::Resolve), always in the future |
/// | `OSError` | socket operations | [`Os`](ErrorKind::Os), the system's text alone |
/// | `IOSelectorsException` | the selector | [`Os`](ErrorKind::Os), the text and ` (code: N)` |
/// | `IOSelectorsException` | a descriptor number at the limit | [`TooManyDescriptors`](ErrorKind::TooManyDescriptors) |
/// | `AssertionDefect` | `register`, `addEvent` twice | [`AlreadyRegistered`](ErrorKind::AlreadyRegistered) |
/// | `AssertionDefect` | `unregister` of what is not registered | [`NotRegistered`](ErrorKind::NotRegistered) |
/// | `AssertionDefect` | a timeout below −1 | [`InvalidInput`](ErrorKind::InvalidInput) |
/// | `AssertionDefect` | `setGlobalDispatcher` while callbacks are queued | [`CallbacksQueued`](ErrorKind::CallbacksQueued) |
/// | `AssertionDefect` | `connect` with another domain than the socket's | [`WrongDescriptor`](ErrorKind::WrongDescriptor) |
/// | `OverflowDefect` | NaN or too many milliseconds | [`InvalidInput`](ErrorKind::InvalidInput) |
/// | `IndexDefect`, `RangeDefect` | negative numbers, sizes | no such value, or [`NotRegistered`](ErrorKind::NotRegistered) |
/// | `FutureError` | a future completed twice | **panic** at the caller, naming where the future was made |
/// | `AssertionDefect` | `complete` or `fail` of a stream that has failed | **panic** at the caller |
/// | any other exception | raised by the program | [`Raised`](ErrorKind::Raised), or [`Os`](ErrorKind::Os) if the system was the cause |
/// | any other defect | raised in an async proc | a panic: fails the future with [`Panicked`](ErrorKind::Panicked), then leaves through `poll` |
///
/// ```
/// use asyncdispatch::*;
///
/// let text = match Error::from("boom").kind() {
///     ErrorKind::NothingPending => "idle",
///     ErrorKind::Raised => "raised",
///     _ => "other",
/// };
/// assert_eq!(text, "raised");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is pending that could end the wait of `poll`, `wait_for` or `run_forever`.
    ///
    /// "No handles or timers registered in dispatcher." A program whose work is done gets it from
    /// `run_forever`. From `wait_for` it means that nobody is left to finish the future.
    NothingPending,
    /// The key is not registered: closed, unregistered, or of another dispatcher.
    ///
    /// "File descriptor not registered." The functions that return a future put it there.
    NotRegistered,
    /// The descriptor or event is registered already.
    ///
    /// "Descriptor N already registered", "Event is already registered in the queue!". An event is
    /// registered still inside its own callback.
    AlreadyRegistered,
    /// The number given to [`register_raw`](crate::register_raw) is beyond the limit of the process.
    ///
    /// "Maximum number of descriptors is exhausted!" Where the system itself has none left the kind
    /// is [`Os`](ErrorKind::Os), "Too many open files".
    TooManyDescriptors,
    /// The descriptor can't do that: another domain, or the key of a timer, signal, process or event.
    ///
    /// From `connect` and `close_socket`.
    WrongDescriptor,
    /// An argument is out of its range: a time, a size, a number of a signal or process.
    ///
    /// Nothing has been done.
    InvalidInput,
    /// The future has no result yet.
    ///
    /// "Future still in progress." From `read` and `take`; await the future, or ask `finished` first.
    StillInProgress,
    /// The future did not fail, so it has no error to read.
    ///
    /// "No error in future." From `read_error`.
    NoError,
    /// The future's value was moved out by an earlier reader.
    ///
    /// `f.await` and `take` move it; with several readers use `(&f).await` and `read`, which clone it.
    Taken,
    /// The operation was cancelled, or its descriptor or dispatcher went away.
    ///
    /// By [`cancel`](crate::NimFuture::cancel), [`unregister`](crate::unregister) or
    /// [`Dispatcher::close`](crate::Dispatcher::close). An eager operation on a socket that was
    /// *closed* fails as Nim's does: with [`Os`](ErrorKind::Os), "Bad file descriptor".
    Cancelled,
    /// The stream has ended and takes no more data.
    ///
    /// In the future that `write` returns.
    StreamFinished,
    /// The name has no usable address, or the look-up failed.
    ///
    /// From `dial` and `connect`, in the future.
    Resolve,
    /// A call that blocks the thread was made where the thread must not block.
    ///
    /// `poll`, `wait_for` and the like inside a tokio runtime, in one of its tasks, or on a guest.
    /// Await there instead. Also a drive of a dispatcher that owns its runtime.
    LoopInside,
    /// Nobody turns the dispatcher that the call needs.
    ///
    /// In a tokio runtime that is not ours with no dispatcher installed: wrap the future in
    /// [`run`](crate::run) or [`Dispatcher::bind`](crate::Dispatcher::bind). From a lazy operation:
    /// the guest is not driven at the moment.
    NotDriven,
    /// The dispatcher is gone: closed, its last handle dropped, or its thread at its end.
    DispatcherGone,
    /// The dispatcher still has callbacks in its queue, and was not replaced.
    ///
    /// From [`set_global_dispatcher`](crate::set_global_dispatcher): `poll` it first.
    CallbacksQueued,
    /// A callback wanted to go on waiting for a descriptor that was being closed.
    ///
    /// "Expecting async operations to stop when fd has closed." From `close_socket`, which has done
    /// its work all the same. Also from a conversion of a descriptor on which somebody waits, which has done nothing.
    StillWaiting,
    /// An async proc panicked; the text is the panic's.
    ///
    /// It fails the proc's future. The panic itself then leaves through `poll`.
    Panicked,
    /// The operating system refused; [`Error::raw_os_error`](crate::Error::raw_os_error) has its number.
    ///
    /// The text is the system's alone, as Nim's. Those of the selector end with " (code: N)".
    Os,
    /// The program raised it: with `?`, or with [`Error::new`](crate::Error::new).
    ///
    /// [`Error::downcast_ref`](crate::Error::downcast_ref) gives the program's own type back.
    Raised,
}
