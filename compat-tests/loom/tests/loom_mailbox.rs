//! The inbox of a dispatcher under every interleaving of its threads:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p asyncdispatch-loom-tests --target-dir target/loom`.

#![cfg(loom)]

#[path = "../../../src/mailbox/inbox.rs"]
mod inbox;

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize as StdAtomicUsize, Ordering::SeqCst};
use std::task::{Wake, Waker};

use inbox::Inbox;
use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;

/// Waits as a turn does: says whom to wake, then looks once more. Lost wake-ups are deadlocks, which loom finds.
async fn next(inbox: &Inbox<u32>) -> Vec<u32> {
    std::future::poll_fn(|cx| {
        inbox.sleep(cx.waker());
        if inbox.is_empty() {
            return std::task::Poll::Pending;
        }
        inbox.awake();
        std::task::Poll::Ready(inbox.take())
    })
    .await
}

/// A thread for each list of items, which all come to the owner, who waits for them.
fn exchange(lists: &'static [&'static [u32]]) {
    let inbox = Arc::new(Inbox::default());
    let posters: Vec<_> = lists
        .iter()
        .map(|list| {
            let inbox = Arc::clone(&inbox);
            thread::spawn(move || list.iter().for_each(|item| inbox.post(*item, true).unwrap()))
        })
        .collect();
    let mut got = Vec::new();
    while got.len() < lists.iter().map(|list| list.len()).sum() {
        got.extend(block_on(next(&inbox)));
    }
    posters.into_iter().for_each(|poster| poster.join().unwrap());
    assert!(inbox.is_empty() && !inbox.has_work() && inbox.take().is_empty());
    for list in lists {
        let of_one: Vec<_> = got.iter().copied().filter(|item| list.contains(item)).collect();
        assert_eq!(of_one, *list, "each once, in the order of its thread");
    }
}

#[test]
fn a_sleeper_hears_of_each_post_of_one_thread() {
    loom::model(|| exchange(&[&[10, 11]]));
}

#[test]
fn a_sleeper_hears_of_the_posts_of_two_threads() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| exchange(&[&[10], &[20]]));
}

#[test]
fn what_is_posted_while_it_is_closed_is_given_back_or_given_out() {
    loom::model(|| {
        let inbox = Arc::new(Inbox::default());
        let poster = {
            let inbox = Arc::clone(&inbox);
            thread::spawn(move || (inbox.post(1, true), inbox.post(2, true)))
        };
        let mut left = inbox.take();
        left.extend(inbox.close());
        let (first, second) = poster.join().unwrap();
        let given_back: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
        left.extend(given_back);
        assert_eq!(left, [1, 2]);
        assert_eq!(inbox.post(3, true), Err(3));
        assert!(inbox.is_empty() && !inbox.has_work());
    });
}

struct Count(StdAtomicUsize);

impl Wake for Count {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn one_sleep_costs_one_wake_up_and_no_sleep_none() {
    loom::model(|| {
        let inbox = Arc::new(Inbox::default());
        let woken = StdArc::new(Count(StdAtomicUsize::new(0)));
        inbox.post(0, true).unwrap();
        assert_eq!(woken.0.load(SeqCst), 0);
        inbox.sleep(&Waker::from(StdArc::clone(&woken)));
        let posters: Vec<_> = (1..3)
            .map(|item| {
                let inbox = Arc::clone(&inbox);
                thread::spawn(move || inbox.post(item, true).unwrap())
            })
            .collect();
        posters.into_iter().for_each(|poster| poster.join().unwrap());
        assert_eq!(woken.0.load(SeqCst), 1);
        assert_eq!(inbox.len(), 3);
        inbox.wake_sleeper();
        inbox.post(3, true).unwrap();
        assert_eq!((woken.0.load(SeqCst), inbox.take().len()), (1, 4));
    });
}
