//! Who turns a guest's loop: the futures that are alive, and how to wake them.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use crate::future::wake_all;

/// The wakers of the futures that drive a guest. All are woken: whichever is polled first turns the loop.
#[derive(Default)]
pub(crate) struct Drives {
    wakers: Mutex<Vec<(u64, Arc<Waker>)>>,
    last: AtomicU64,
}

impl Drives {
    /// No user code runs under the lock (wakers are shared, not cloned), so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Vec<(u64, Arc<Waker>)>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// A new drive, and its number. It counts before it is polled: what runs beside it may be polled first.
    pub(crate) fn join(&self) -> u64 {
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        let nobody = Arc::new(Waker::noop().clone());
        self.lock().push((id, nobody));
        id
    }

    /// Drive `id` is being polled: it is woken through `cx` from now on.
    pub(crate) fn polled(&self, id: u64, cx: &Context<'_>) {
        if self.lock().iter().any(|(other, waker)| *other == id && waker.will_wake(cx.waker())) {
            return;
        }
        let waker = Arc::new(cx.waker().clone());
        let mut wakers = self.lock();
        let entry = wakers.iter_mut().find(|entry| entry.0 == id);
        let former = entry.map(|entry| mem::replace(&mut entry.1, waker));
        drop(wakers);
        drop(former);
    }

    /// Drive `id` is gone; the others must go on with what it was doing.
    pub(crate) fn remove(&self, id: u64) {
        let mut wakers = self.lock();
        let removed = wakers.iter().position(|entry| entry.0 == id).map(|index| wakers.swap_remove(index));
        drop(wakers);
        drop(removed);
        self.wake_all();
    }

    pub(crate) fn wake_all(&self) {
        let wakers: Vec<_> = self.lock().iter().map(|(_, waker)| Arc::clone(waker)).collect();
        wake_all(wakers);
    }
}

impl Wake for Drives {
    fn wake(self: Arc<Self>) {
        Drives::wake_all(&self);
    }
}
