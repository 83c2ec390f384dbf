//! No alarm: the selector cannot be lent, since only tokio's reactor can wait for it; and tokio's clock has to do.

use std::sync::Arc;
use std::task::Wake;
use std::time::Duration;

/// There is none.
pub(crate) enum Alarm {}

impl Alarm {
    pub(crate) fn set(&self, _: Option<Duration>) {
        match *self {}
    }

    pub(crate) fn ring(&self) {
        match *self {}
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
