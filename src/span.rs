//! Spans and events for `tracing`, if the feature of that name is on; without it all of this is empty.
//!
//! A subscriber is user code: no span is made, entered or dropped while a borrow is held.

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{LISTENED_TO, Span, unheard};
#[cfg(feature = "tracing")]
pub(crate) use on::{LISTENED_TO, Span, unheard};

#[cfg(feature = "tracing")]
mod on {
    use tracing::span::Entered;
    use tracing::{debug_span, error, trace_span};

    use crate::error::Error;
    use crate::fd::AsyncFD;
    use crate::origin::Origin;
    use crate::registry::Side;

    pub(crate) const LISTENED_TO: bool = true;

    /// Something that takes its time. It ends when it is dropped.
    #[derive(Clone)]
    pub(crate) struct Span(tracing::Span);

    impl Span {
        pub(crate) fn none() -> Span {
            Span(tracing::Span::none())
        }

        /// Entered while the turn does anything but wait.
        pub(crate) fn turn(number: u64) -> Span {
            Span(trace_span!(target: "asyncdispatch", parent: None, "turn", number))
        }

        /// From the start of an eager operation or a timer to its end.
        pub(crate) fn operation(origin: impl FnOnce() -> Origin) -> Span {
            let Origin { name, made_at } = origin();
            Span(debug_span!(target: "asyncdispatch", "operation", name, %made_at))
        }

        /// From the moment in which a lazy operation has to wait to its end.
        pub(crate) fn wait(&mut self, fd: AsyncFD, side: Side) {
            if !self.0.is_none() {
                return;
            }
            let name = match side {
                Side::Read => "lazy, to read",
                Side::Write => "lazy, to write",
            };
            self.0 = debug_span!(target: "asyncdispatch", "operation", name, %fd);
        }

        /// Entered while an async proc runs.
        pub(crate) fn proc(origin: impl FnOnce() -> Origin) -> Span {
            let Origin { name, made_at } = origin();
            Span(debug_span!(target: "asyncdispatch", "proc", name, %made_at))
        }

        pub(crate) fn enter(&self) -> Entered<'_> {
            self.0.enter()
        }
    }

    /// A failure that nobody looked at.
    pub(crate) fn unheard(error: &Error) {
        let detail = error.detail().map(tracing::field::display);
        error!(target: "asyncdispatch", %error, detail, "nobody looked at this failure");
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use crate::error::Error;
    use crate::fd::AsyncFD;
    use crate::origin::Origin;
    use crate::registry::Side;

    pub(crate) const LISTENED_TO: bool = false;

    #[derive(Clone)]
    pub(crate) struct Span;

    /// What entering answers: something to be held, as with the feature.
    pub(crate) struct Entered;

    impl Drop for Entered {
        fn drop(&mut self) {}
    }

    impl Span {
        pub(crate) fn none() -> Span {
            Span
        }

        pub(crate) fn turn(_: u64) -> Span {
            Span
        }

        pub(crate) fn operation(_: impl FnOnce() -> Origin) -> Span {
            Span
        }

        pub(crate) fn wait(&mut self, _: AsyncFD, _: Side) {}

        pub(crate) fn proc(_: impl FnOnce() -> Origin) -> Span {
            Span
        }

        pub(crate) fn enter(&self) -> Entered {
            Entered
        }
    }

    pub(crate) fn unheard(_: &Error) {}
}
