//! Makes a selector readable at a moment, or at once, from any thread.

use std::sync::Arc;
use std::task::Wake;
use std::time::Duration;

use super::queue::Bell;

/// A member of a selector that is ready once its moment has come; made by `Selector::alarm`.
///
/// As a waker it is ready at once.
pub(crate) struct Alarm(pub(super) Bell);

impl Alarm {
    /// Sets the moment anew, or takes it away; what has rung is silent.
    pub(crate) fn set(&self, after: Option<Duration>) {
        self.0.set(after);
    }

    pub(crate) fn ring(&self) {
        self.set(Some(Duration::ZERO));
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
