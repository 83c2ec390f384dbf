//! What a selector is asked, and what it answers.

use super::platform::{Raw, event};

/// How many ready descriptors one look returns at most; Nim's number.
pub(crate) const BATCH: usize = 64;

/// The token of an alarm: the place of a virtual key that no table is large enough for, so that whoever serves the
/// selector passes over it.
pub(super) const ALARM: u64 = 1 << 63;

/// What a descriptor is watched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest(u8);

impl Interest {
    pub(crate) const NONE: Interest = Interest(0);
    pub(crate) const READ: Interest = Interest(1);
    pub(crate) const WRITE: Interest = Interest(2);

    pub(crate) fn contains(self, other: Interest) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn with(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Interest) -> Interest {
        Interest(self.0 & !other.0)
    }
}

/// One ready descriptor: the token that it was added with, and what it is ready for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) token: u64,
    pub(crate) ready: Interest,
    /// An error or a hang-up alone: it is for both sides, whatever was asked for.
    pub(crate) broken: bool,
}

impl Event {
    /// Whether it is an alarm's, and no descriptor's.
    pub(crate) fn is_alarm(&self) -> bool {
        self.token == ALARM
    }
}

/// The ready descriptors of one turn, in the kernel's order.
#[derive(Default)]
pub(crate) struct Batch {
    pub(super) events: Vec<Raw>,
    served: usize,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.served == self.events.len()
    }

    pub(crate) fn next(&mut self) -> Option<Event> {
        let event = event(self.events.get(self.served)?);
        self.served += 1;
        Some(event)
    }

    /// What has not been served.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.events[self.served..].iter().map(event)
    }

    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.served = 0;
    }
}
