//! What other threads, tokio's tasks and foreign wakers leave for a dispatcher.
//!
//! The only part of a dispatcher that is shared between threads. Posting while the loop is awake costs no system call:
//! the loop's waker is there only while it waits.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use futures::task::AtomicWaker;
use tokio::runtime::Handle;

use crate::fd::AsyncFD;
use crate::task::TaskId;

/// One thing to do in the next turn.
pub(crate) enum Mail {
    /// The waker of an async proc was woken.
    Task(TaskId),
    /// An event is ready.
    Custom(AsyncFD),
    /// A signal has come.
    Signal(AsyncFD),
    /// An event was closed by another thread.
    Closed(AsyncFD),
    /// `call_soon_threadsafe`.
    Call(Box<dyn FnOnce() + Send>),
}

#[derive(Default)]
struct Inbox {
    mails: Vec<Mail>,
    closed: bool,
}

/// See the module's docs.
#[derive(Default)]
pub(crate) struct Mailbox {
    inbox: Mutex<Inbox>,
    full: AtomicBool,
    /// How many of the mails are work by themselves; the others are for registrations, which count anyway.
    work: AtomicUsize,
    /// Whether the sleeper wants to hear when the runtime has no task left.
    watching_tasks: AtomicBool,
    sleeper: AtomicWaker,
}

impl Mailbox {
    /// No user code runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves `mail` and wakes the loop if it waits. Gives the mail back if the dispatcher is gone.
    pub(crate) fn post(&self, mail: Mail) -> Result<(), Mail> {
        let mut inbox = self.lock();
        if inbox.closed {
            return Err(mail);
        }
        if matches!(mail, Mail::Task(_) | Mail::Call(_)) {
            self.work.fetch_add(1, Ordering::Release);
        }
        inbox.mails.push(mail);
        self.full.store(true, Ordering::Release);
        drop(inbox);
        self.wake_sleeper();
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.full.load(Ordering::Acquire)
    }

    /// Whether there is mail that keeps the loop alive by itself.
    pub(crate) fn has_work(&self) -> bool {
        self.work.load(Ordering::Acquire) > 0
    }

    /// Takes all that has been posted, oldest first.
    pub(crate) fn take(&self) -> Vec<Mail> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut inbox = self.lock();
        self.full.store(false, Ordering::Release);
        self.work.store(0, Ordering::Release);
        mem::take(&mut inbox.mails)
    }

    /// Refuses further mail and gives out what is left.
    pub(crate) fn close(&self) -> Vec<Mail> {
        let mut inbox = self.lock();
        inbox.closed = true;
        self.full.store(false, Ordering::Release);
        mem::take(&mut inbox.mails)
    }

    /// Says whom to wake; to be called before the last look at whether there is anything to do.
    pub(crate) fn sleep(&self, waker: &Waker) {
        self.sleeper.register(waker);
    }

    /// The loop is awake again.
    pub(crate) fn awake(&self) {
        drop(self.sleeper.take());
    }

    /// Asks for a wake-up when the runtime's last task has ended.
    pub(crate) fn watch_tasks(&self) {
        self.watching_tasks.store(true, Ordering::Release);
    }

    /// Called each time the runtime is about to park: nothing else tells that a task has ended.
    pub(crate) fn about_to_park(&self) {
        if self.watching_tasks.load(Ordering::Acquire) {
            let no_tasks = Handle::try_current().is_ok_and(|handle| handle.metrics().num_alive_tasks() == 0);
            if no_tasks && self.watching_tasks.swap(false, Ordering::AcqRel) {
                self.wake_sleeper();
            }
        }
    }

    pub(crate) fn wake_sleeper(&self) {
        self.sleeper.wake();
    }
}

/// A waker that posts `Mail::Signal` for one watcher.
pub(crate) struct Notice {
    mailbox: Arc<Mailbox>,
    key: AsyncFD,
    /// Set while a mail is on its way, so that many wake-ups leave one mail.
    posted: AtomicBool,
}

impl Notice {
    pub(crate) fn new(mailbox: Arc<Mailbox>, key: AsyncFD) -> Arc<Notice> {
        Arc::new(Notice { mailbox, key, posted: AtomicBool::new(false) })
    }

    /// The mail has been read: the next wake-up posts another.
    pub(crate) fn clear(&self) {
        self.posted.store(false, Ordering::Release);
    }
}

impl Wake for Notice {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.posted.swap(true, Ordering::AcqRel) {
            let _gone = self.mailbox.post(Mail::Signal(self.key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mail, Mailbox};

    #[test]
    fn mail_is_taken_once_in_order_and_refused_after_close() {
        let mailbox = Mailbox::default();
        assert!(mailbox.is_empty() && mailbox.take().is_empty());
        let (sender, receiver) = std::sync::mpsc::channel();
        for i in 0..3 {
            let sender = sender.clone();
            assert!(mailbox.post(Mail::Call(Box::new(move || sender.send(i).unwrap()))).is_ok());
        }
        for mail in mailbox.take() {
            if let Mail::Call(call) = mail {
                call();
            }
        }
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
        assert!(mailbox.is_empty());
        mailbox.close();
        assert!(mailbox.post(Mail::Call(Box::new(|| ()))).is_err());
    }
}
