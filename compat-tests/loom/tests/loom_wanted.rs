//! The wake-up of a driven future under every interleaving of its wakers and its poll.

#![cfg(loom)]

#[path = "../../../src/drive/wanted.rs"]
mod wanted;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use wanted::Wanted;

#[test]
fn a_wake_up_during_a_poll_is_taken_by_it_or_brings_another() {
    loom::model(|| {
        let (wanted, woken) = (Arc::new(Wanted::default()), Arc::new(AtomicBool::new(false)));
        let waker = {
            let (wanted, woken) = (Arc::clone(&wanted), Arc::clone(&woken));
            thread::spawn(move || {
                if wanted.set() {
                    woken.store(true, Ordering::SeqCst);
                }
            })
        };
        wanted.begin();
        assert!(wanted.take());
        let again = wanted.end();
        waker.join().unwrap();
        let later = wanted.take();
        assert!(!later || again || woken.load(Ordering::SeqCst), "nobody is woken");
    });
}
