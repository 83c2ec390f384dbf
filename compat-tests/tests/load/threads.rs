//! Events from many threads, dispatchers on many threads.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use asyncdispatch::*;

use crate::Size;

const THREADS: usize = 8;

/// Triggers merge, but whatever was written before one is seen by a call after it.
pub fn events(size: &Size) -> Result<String> {
    let (event, written) = (new_async_event(), Arc::new(AtomicUsize::new(0)));
    let (total, calls) = (THREADS * size.triggers, Rc::new(Cell::new(0)));
    event.add({
        let (written, calls) = (written.clone(), calls.clone());
        move |_| {
            calls.set(calls.get() + 1);
            written.load(Ordering::SeqCst) == total
        }
    })?;
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (event, written, count) = (event.clone(), written.clone(), size.triggers);
            thread::spawn(move || {
                for _ in 0..count {
                    written.fetch_add(1, Ordering::SeqCst);
                    event.trigger();
                }
            })
        })
        .collect();
    drain_with(-1)?;
    assert_eq!(written.load(Ordering::SeqCst), total);
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    Ok(format!("{total} triggers of {THREADS} threads, {} calls", calls.get()))
}

pub fn dispatchers(size: &Size) -> Result<String> {
    let threads: Vec<_> = (0..size.dispatchers).map(|_| thread::spawn(hundred)).collect();
    let made = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum::<Result<usize>>()?;
    Ok(format!("{made} made, used and dropped on {} threads", size.dispatchers))
}

fn hundred() -> Result<usize> {
    for _ in 0..100 {
        let dispatcher = new_dispatcher();
        set_global_dispatcher(dispatcher.clone())?;
        let (ours, _theirs) = asyncdispatch_compat_tests::stream_pair()?;
        let receiving = dispatcher.register(ours)?.recv(1);
        dispatcher.wait_for(sleep_async(0))?;
        set_global_dispatcher(None)?;
        drop(dispatcher);
        assert!(receiving.failed());
    }
    Ok(100)
}
