//! What other threads, tokio's tasks and foreign wakers leave for a dispatcher.
//!
//! The only part of a dispatcher that is shared between threads. Posting while the loop is awake costs no system call:
//! the loop's waker is there only while it waits.

mod inbox;
mod posted;

use inbox::Inbox;
pub(crate) use posted::Posted;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

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

impl Mail {
    /// Whether it keeps the loop alive by itself; the others are for registrations, which count anyway.
    fn is_work(&self) -> bool {
        matches!(self, Mail::Task(_) | Mail::Call(_))
    }
}

/// See the module's docs.
#[derive(Default)]
pub(crate) struct Mailbox {
    inbox: Inbox<Mail>,
    /// Whether the sleeper wants to hear when the runtime has no task left.
    watching_tasks: AtomicBool,
}

impl Mailbox {
    /// Leaves `mail` and wakes the loop if it waits. Gives the mail back if the dispatcher is gone.
    pub(crate) fn post(&self, mail: Mail) -> Result<(), Mail> {
        let is_work = mail.is_work();
        self.inbox.post(mail, is_work)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inbox.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.inbox.len()
    }

    /// Whether there is mail that keeps the loop alive by itself.
    pub(crate) fn has_work(&self) -> bool {
        self.inbox.has_work()
    }

    /// Takes all that has been posted, oldest first.
    pub(crate) fn take(&self) -> Vec<Mail> {
        self.inbox.take()
    }

    /// Refuses further mail and gives out what is left.
    pub(crate) fn close(&self) -> Vec<Mail> {
        self.inbox.close()
    }

    /// Says whom to wake; to be called before the last look at whether there is anything to do.
    pub(crate) fn sleep(&self, waker: &Waker) {
        self.inbox.sleep(waker);
    }

    /// The loop is awake again.
    pub(crate) fn awake(&self) {
        self.inbox.awake();
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
        self.inbox.wake_sleeper();
    }
}

/// A waker that posts `Mail::Signal` for one watcher.
pub(crate) struct Notice {
    mailbox: Arc<Mailbox>,
    key: AsyncFD,
    posted: Posted,
}

impl Notice {
    pub(crate) fn new(mailbox: Arc<Mailbox>, key: AsyncFD) -> Arc<Notice> {
        Arc::new(Notice { mailbox, key, posted: Posted::default() })
    }

    /// The mail has been read: the next wake-up posts another.
    pub(crate) fn clear(&self) {
        self.posted.end();
    }
}

impl Wake for Notice {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.posted.begin() {
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
