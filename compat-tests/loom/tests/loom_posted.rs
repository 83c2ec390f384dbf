//! The flag that lets many wake-ups leave one mail. How to run it: see `loom_mailbox.rs`.

#![cfg(loom)]

#[allow(dead_code, reason = "what needs no model")]
#[path = "../../../src/mailbox/posted.rs"]
mod posted;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use posted::Posted;

#[derive(Default)]
struct World {
    posted: Posted,
    /// What the wakers tell of; relaxed, so that only the flag makes it visible.
    happened: [AtomicUsize; 2],
    mails: AtomicUsize,
}

impl World {
    fn wake(&self, index: usize) {
        self.happened[index].store(1, Ordering::Relaxed);
        if self.posted.begin() {
            self.mails.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Reads the mail, if there is one, and looks at what it tells of.
    fn read(&self) -> Option<usize> {
        if self.mails.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.mails.fetch_sub(1, Ordering::AcqRel);
        self.posted.end();
        Some(self.happened.iter().map(|one| one.load(Ordering::Relaxed)).sum())
    }
}

#[test]
fn whoever_posts_no_mail_is_seen_by_the_look_that_an_earlier_one_brings() {
    loom::model(|| {
        let world = Arc::new(World::default());
        let wakers: Vec<_> = (0..2)
            .map(|index| {
                let world = Arc::clone(&world);
                thread::spawn(move || world.wake(index))
            })
            .collect();
        let mut seen = world.read();
        wakers.into_iter().for_each(|waker| waker.join().unwrap());
        while let Some(now) = world.read() {
            seen = Some(now);
        }
        assert_eq!(seen, Some(2), "something happened and no mail is left that tells of it");
    });
}
