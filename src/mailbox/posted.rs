//! A flag by which many wake-ups leave one mail. Run under loom, as `inbox.rs` is.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering};

/// Set while a mail is on its way.
pub(crate) struct Posted(AtomicBool);

impl Default for Posted {
    fn default() -> Posted {
        Posted(AtomicBool::new(false))
    }
}

impl Posted {
    /// Whether the caller is the one to post.
    pub(crate) fn begin(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// The mail has been read; to be called before looking at what it tells of.
    ///
    /// A swap and no store: the look that follows must see what those have written who left the posting to another.
    pub(crate) fn end(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }

    /// As [`Posted::end`], where nobody else can post: what would have been seen is seen already.
    pub(crate) fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
