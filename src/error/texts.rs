//! What each failure says: Nim's words where it has some, and the detail that they leave out.
//!
//! The rest of the crate makes its errors here and nowhere else in words of its own, so that the
//! texts can be read, and compared with Nim's, in one place.

use super::{Any, Arc, Cow, Error, ErrorKind, Location, Text, fmt, io};
use crate::sys;

impl Error {
    pub(crate) fn of(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Error {
        Error::with_text(kind, Text::Words(message.into()))
    }

    /// Says more, for `{:#}`. A former detail is replaced.
    pub(crate) fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Error {
        Arc::make_mut(&mut self.0).detail = Some(detail.into());
        self
    }

    /// A send did not come to its end: says how far it came, besides what is said already.
    pub(crate) fn with_bytes_sent(self, sent: usize, of: usize) -> Error {
        let told = self.detail().map(|detail| format!("{detail}; ")).unwrap_or_default();
        let mut error = self.with_detail(format!("{told}{sent} of {of} bytes had been sent"));
        Arc::make_mut(&mut error.0).bytes_sent = Some(sent);
        error
    }

    /// A system call on a socket failed: the system's text alone.
    pub(crate) fn os(errno: i32) -> Error {
        let io = io::Error::from_raw_os_error(errno);
        Error::with_text(ErrorKind::Os, Text::Retold(system_text(&io, errno).into(), Arc::new(io)))
    }

    /// The selector refused a descriptor: Nim appends the number to these.
    pub(crate) fn selector(errno: i32) -> Error {
        let io = io::Error::from_raw_os_error(errno);
        let words = format!("{} (code: {errno})", system_text(&io, errno));
        let error = Error::with_text(ErrorKind::Os, Text::Retold(words.into(), Arc::new(io)));
        let (unwaitable, instead) = sys::UNWAITABLE;
        match errno {
            _ if errno == unwaitable => error.with_detail(instead),
            sys::EBADF => error.with_detail("the descriptor is closed or was never open"),
            _ => error,
        }
    }

    /// As [`os`](Error::os) if the system was the cause, and otherwise the error as it stands.
    #[track_caller]
    pub(crate) fn from_io_plain(error: io::Error) -> Error {
        match error.raw_os_error() {
            Some(errno) => Error::os(errno),
            None => Error::from(error),
        }
    }

    pub(crate) fn nothing_pending() -> Error {
        Error::of(ErrorKind::NothingPending, "No handles or timers registered in dispatcher.")
            .with_detail("no timer, descriptor, event, callback or operation is left that could end the wait")
    }

    pub(crate) fn not_registered(fd: impl fmt::Display) -> Error {
        Error::of(ErrorKind::NotRegistered, "File descriptor not registered.").with_detail(stale(fd))
    }

    /// What Nim says in `unregister`, where it asks the selector.
    pub(crate) fn not_in_selector(fd: impl fmt::Display) -> Error {
        Error::of(ErrorKind::NotRegistered, format!("Descriptor {fd} is not registered in the selector!"))
            .with_detail(stale(fd))
    }

    pub(crate) fn already_registered(raw: i32) -> Error {
        Error::of(ErrorKind::AlreadyRegistered, format!("Descriptor {raw} already registered"))
            .with_detail("`Dispatcher::find` gives the key that it has; `unregister` that first to register it anew")
    }

    pub(crate) fn too_many_descriptors() -> Error {
        Error::of(ErrorKind::TooManyDescriptors, "Maximum number of descriptors is exhausted!")
            .with_detail("`max_descriptors` is the limit of this process; `ulimit -n` raises it")
    }

    pub(crate) fn event_registered() -> Error {
        Error::of(ErrorKind::AlreadyRegistered, "Event is already registered in the queue!")
    }

    pub(crate) fn event_not_registered() -> Error {
        Error::of(ErrorKind::NotRegistered, "Event is not registered in the queue!")
    }

    /// `close_socket`: a callback answered `false`.
    pub(crate) fn still_waiting() -> Error {
        Error::of(ErrorKind::StillWaiting, "Expecting async operations to stop when fd has closed.")
            .with_detail("the descriptor is closed, and every callback was called: one answered `false`")
    }

    /// A conversion of a descriptor on which somebody waits.
    pub(crate) fn still_waited_on(fd: impl fmt::Display, waiting: usize) -> Error {
        Error::of(ErrorKind::StillWaiting, format!("Descriptor {fd} is still waited on."))
            .with_detail(format!("callbacks and operations that wait: {waiting}; let them end, or cancel them, first"))
    }

    pub(crate) fn invalid_input(message: impl Into<Cow<'static, str>>) -> Error {
        Error::of(ErrorKind::InvalidInput, message)
    }

    /// `made_at` is where the future was made.
    pub(crate) fn still_in_progress(made_at: &'static Location<'static>) -> Error {
        Error::of(ErrorKind::StillInProgress, "Future still in progress.")
            .with_detail(format!("made at {made_at}: await it, or ask `finished` first"))
    }

    pub(crate) fn no_error() -> Error {
        Error::of(ErrorKind::NoError, "No error in future.")
    }

    /// `made_at` is where the future was made.
    pub(crate) fn taken(made_at: &'static Location<'static>) -> Error {
        Error::of(ErrorKind::Taken, "Value of future already taken.").with_detail(format!(
            "made at {made_at}: `f.await` and `take` move the value out; with several readers use `(&f).await` or `read`"
        ))
    }

    pub(crate) fn cancelled(detail: impl Into<Cow<'static, str>>) -> Error {
        Error::of(ErrorKind::Cancelled, "Operation cancelled.").with_detail(detail)
    }

    pub(crate) fn stream_finished() -> Error {
        Error::of(ErrorKind::StreamFinished, "FutureStream is finished and so no longer accepts new data.")
    }

    pub(crate) fn stream_dropped() -> Error {
        Error::of(ErrorKind::Cancelled, "Operation cancelled.")
            .with_detail("the last handle of its stream was dropped while it waited")
    }

    /// An async proc panicked. The text is the panic's, as Nim's is the defect's.
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Error {
        let text = payload.downcast_ref::<&'static str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Error::of(ErrorKind::Panicked, text.unwrap_or("a panic without text").to_owned())
            .with_detail("an async proc panicked; the panic itself leaves through `poll`")
    }

    /// No usable address came out of a look-up that succeeded.
    pub(crate) fn resolve(address: impl fmt::Display) -> Error {
        Error::of(ErrorKind::Resolve, format!("Couldn't resolve address: {address}"))
    }

    /// The look-up itself failed. Nim puts the text of a left-over `errno` in front of these words.
    pub(crate) fn lookup(address: impl fmt::Display, error: io::Error) -> Error {
        let text = error.to_string();
        let reason = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
        let words = format!("Additional info: {reason}");
        Error::with_text(ErrorKind::Resolve, Text::Retold(words.into(), Arc::new(error)))
            .with_detail(format!("looking up {address:#}"))
    }

    pub(crate) fn not_driven(detail: impl Into<Cow<'static, str>>) -> Error {
        Error::of(ErrorKind::NotDriven, "No dispatcher is driven here.").with_detail(detail)
    }

    pub(crate) fn loop_inside(detail: impl Into<Cow<'static, str>>) -> Error {
        Error::of(ErrorKind::LoopInside, "A loop that blocks can't run inside a tokio runtime.").with_detail(detail)
    }

    pub(crate) fn dispatcher_gone() -> Error {
        Error::of(ErrorKind::DispatcherGone, "The dispatcher is gone.")
            .with_detail("its last handle was dropped, or its thread has ended")
    }

    pub(crate) fn callbacks_queued() -> Error {
        Error::of(ErrorKind::CallbacksQueued, "The thread's dispatcher still has callbacks queued.")
            .with_detail("`poll` it until they have run, then replace it")
    }
}

fn stale(fd: impl fmt::Display) -> String {
    format!(
        "{fd} was closed or unregistered, or belongs to another dispatcher: use the key that `register` returned last"
    )
}

/// What `strerror` says. std's text is that, and the number in brackets.
fn system_text(error: &io::Error, errno: i32) -> String {
    if errno == 0 {
        // "Success" would mislead; these are Nim's words for it.
        return "unknown OS error".to_owned();
    }
    let text = error.to_string();
    match text.strip_suffix(&format!(" (os error {errno})")) {
        Some(plain) => plain.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of semantics, section 10; real Nim printed them.
    #[test]
    fn texts_are_nims() {
        let place = Location::caller();
        for (error, text) in [
            (Error::nothing_pending(), "No handles or timers registered in dispatcher."),
            (Error::not_registered(7), "File descriptor not registered."),
            (Error::not_in_selector(7), "Descriptor 7 is not registered in the selector!"),
            (Error::already_registered(7), "Descriptor 7 already registered"),
            (Error::too_many_descriptors(), "Maximum number of descriptors is exhausted!"),
            (Error::event_registered(), "Event is already registered in the queue!"),
            (Error::event_not_registered(), "Event is not registered in the queue!"),
            (Error::still_waiting(), "Expecting async operations to stop when fd has closed."),
            (Error::still_in_progress(place), "Future still in progress."),
            (Error::no_error(), "No error in future."),
            (Error::stream_finished(), "FutureStream is finished and so no longer accepts new data."),
            (Error::resolve("nowhere"), "Couldn't resolve address: nowhere"),
            (Error::os(0), "unknown OS error"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn detail_is_for_the_alternate_form_and_for_debug() {
        let error = Error::of(ErrorKind::Cancelled, "gone").with_detail("by hand");
        assert_eq!((error.to_string(), format!("{error:#}")), ("gone".into(), "gone (by hand)".into()));
        assert_eq!(format!("{error:?}"), r#"Cancelled { message: "gone", detail: "by hand" }"#);
        let sent = error.clone().with_bytes_sent(3, 5);
        assert_eq!((sent.bytes_sent(), sent.detail()), (Some(3), Some("by hand; 3 of 5 bytes had been sent")));
        let other = error.clone().with_detail("by another");
        assert_eq!((error.detail(), other.detail()), (Some("by hand"), Some("by another")));
        assert!(format!("{:#}", Error::not_registered(7)).contains("7 was closed"));
        assert!(format!("{:?}", Error::taken(Location::caller())).contains(file!()));
    }

    #[cfg(unix)]
    #[test]
    fn system_errors_keep_their_number_and_source() {
        let error = Error::os(libc::ECONNREFUSED);
        assert_eq!(error.to_string(), "Connection refused");
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Os, Some(libc::ECONNREFUSED)));
        assert!(std::error::Error::source(&error).unwrap().is::<io::Error>());
        let error = Error::selector(libc::EPERM);
        assert_eq!(error.to_string(), "Operation not permitted (code: 1)");
        assert!(error.detail().unwrap().contains("regular files"));
        assert_eq!(io::Error::from(error).raw_os_error(), Some(libc::EPERM));
        let plain = Error::from_io_plain(io::Error::from_raw_os_error(libc::EPIPE));
        assert_eq!(plain.to_string(), "Broken pipe");
        assert_eq!(Error::from_io_plain(io::Error::other("x")).to_string(), "x");
    }

    #[test]
    fn panics_and_failed_lookups_keep_their_text() {
        let text = |payload: Box<dyn Any + Send>| Error::panicked(&*payload).to_string();
        assert_eq!(text(Box::new("a")), "a");
        assert_eq!(text(Box::new(String::from("b"))), "b");
        assert_eq!(text(Box::new(3)), "a panic without text");
        let io = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(Error::lookup("x.invalid", io).to_string(), "Additional info: Name or service not known");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<crate::Result<()>>(), size_of::<usize>());
    }
}
