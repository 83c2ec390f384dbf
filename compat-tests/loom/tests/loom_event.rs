//! An event under every interleaving of those who set, attach and close it.

#![cfg(loom)]

#[path = "../../../src/event/state.rs"]
mod state;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use state::{Refused, State};

/// A registration: counts what it is told.
type Told = Arc<AtomicUsize>;

fn tell(told: Option<Told>) {
    if let Some(told) = told {
        told.fetch_add(1, Ordering::AcqRel);
    }
}

#[test]
fn a_trigger_beside_the_adding_is_told_once() {
    loom::model(|| {
        let (state, told) = (Arc::new(State::<Told>::default()), Told::default());
        let trigger = {
            let state = Arc::clone(&state);
            thread::spawn(move || tell(state.set()))
        };
        if state.attach(Arc::clone(&told)) == Ok(true) {
            tell(Some(Arc::clone(&told)));
        }
        trigger.join().unwrap();
        let told = told.load(Ordering::Acquire);
        // Both may tell: whoever serves the second mail finds the event reset.
        assert!((1..=2).contains(&told), "{told}");
        assert!(state.take() && !state.take());
    });
}

#[test]
fn two_triggers_are_told_at_least_once_and_none_is_lost() {
    loom::model(|| {
        let (state, told) = (Arc::new(State::<Told>::default()), Told::default());
        assert_eq!(state.attach(Arc::clone(&told)), Ok(false));
        let triggers: Vec<_> = (0..2)
            .map(|_| {
                let state = Arc::clone(&state);
                thread::spawn(move || tell(state.set()))
            })
            .collect();
        let served = usize::from(state.take());
        triggers.into_iter().for_each(|trigger| trigger.join().unwrap());
        let mails = told.load(Ordering::Acquire);
        let left = usize::from(state.take());
        assert!(served + left >= 1 && mails >= served + left, "served {served}, left {left}, mails {mails}");
    });
}

#[test]
fn a_closed_event_is_not_attached_and_an_attached_one_is_found_by_close() {
    loom::model(|| {
        let (state, told) = (Arc::new(State::<Told>::default()), Told::default());
        let closer = {
            let state = Arc::clone(&state);
            thread::spawn(move || state.close().is_some())
        };
        let attached = state.attach(Arc::clone(&told));
        let found = closer.join().unwrap();
        assert_eq!(attached.is_ok(), found, "{attached:?}");
        assert_eq!(state.attach(told), Err(Refused::Closed));
        assert!(state.set().is_none());
    });
}
