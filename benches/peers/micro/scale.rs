//! One operation among many things of its kind; what it is among is made before the clock starts.

use std::hint::black_box;

use asyncdispatch::{active_descriptors, add_timer, has_pending_operations, sleep_async, unregister};

use super::{Outcome, timed};

/// How often what leaves nothing behind is repeated.
const REPEATED: usize = 1_000_000;

/// How many are taken off where each can be taken off once only.
const TAKEN: usize = 1000;

pub fn run(case: &str, among: usize) -> Outcome {
    match case {
        "scale-active-descriptors" => {
            for _ in 0..among {
                add_timer(86_400_000, true, |_| true)?;
            }
            timed(REPEATED, || (0..REPEATED).try_for_each(|_| expect(black_box(active_descriptors()) == among)))
        }
        "scale-has-pending" => {
            (0..among).for_each(|_| drop(sleep_async(86_400_000)));
            timed(REPEATED, || (0..REPEATED).try_for_each(|_| expect(black_box(has_pending_operations()))))
        }
        "scale-unregister" => {
            for _ in 0..among {
                add_timer(86_400_000, true, |_| true)?;
            }
            let keys = (0..TAKEN).map(|_| add_timer(86_400_000, true, |_| true)).collect::<Result<Vec<_>, _>>()?;
            timed(TAKEN, || keys.into_iter().try_for_each(|key| unregister(key).map(drop)))
        }
        "scale-cancel-timer" => {
            (0..among).for_each(|i| drop(sleep_async(86_400_000 + i as i64)));
            let timers: Vec<_> = (0..TAKEN).map(|i| sleep_async(86_400_000 + (i * among / TAKEN) as i64)).collect();
            timed(TAKEN, || timers.iter().try_for_each(|timer| expect(timer.cancel())))
        }
        other => Err(format!("no case is called {other}").into()),
    }
}

fn expect(what: bool) -> Result<(), &'static str> {
    if what { Ok(()) } else { Err("the crate answers something else") }
}
