//! Whom the members of a selector wake: one waker for all of them, which passes it on to whoever waits for the selector.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Rung from any thread. It stands between tokio and the waker of whoever waits, so that a member can be added while
/// the dispatcher's tables are borrowed: a foreign waker, which is user code, is neither cloned nor called then.
#[derive(Default)]
pub(super) struct Bell {
    /// There only while somebody waits.
    sleeper: Mutex<Option<Waker>>,
    rang: AtomicBool,
}

impl Bell {
    /// Says whom to wake. Whoever calls it looks once more after this, and only then waits.
    pub(super) fn listen(&self, waker: &Waker) {
        let former = {
            let mut sleeper = self.sleeper.lock().unwrap_or_else(PoisonError::into_inner);
            if sleeper.as_ref().is_some_and(|sleeper| sleeper.will_wake(waker)) {
                return;
            }
            sleeper.replace(waker.clone())
        };
        drop(former);
    }

    /// Whether it has rung since this was last asked.
    pub(super) fn has_rung(&self) -> bool {
        self.rang.swap(false, Ordering::AcqRel)
    }

    pub(super) fn ring(&self) {
        self.rang.store(true, Ordering::Release);
        let sleeper = self.sleeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = sleeper {
            waker.wake();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}
