//! Timers, children and signals in numbers.

use std::cell::Cell;
use std::rc::Rc;

use asyncdispatch::*;
#[cfg(unix)]
use asyncdispatch_compat_tests::{known, raise};

use crate::Size;

pub fn timers(size: &Size) -> Result<String> {
    for _ in 0..size.timers {
        assert!(sleep_async(3_600_000).cancel());
        drop(add_timer(3_600_000, false, |_| true)?.unregister()?);
    }
    let waiting: Vec<_> = (0..size.timers).map(|at| sleep_async((at % 50) as u64)).collect();
    wait_for(all(waiting))?;
    assert!(!has_pending_operations());
    Ok(format!("{} of each kind made and cancelled, and as many awaited", size.timers))
}

pub fn children(size: &Size) -> Result<String> {
    let ended = Rc::new(Cell::new(0));
    for _ in 0..size.children.div_ceil(50) {
        let mut children = Vec::new();
        for _ in 0..50 {
            let child = std::process::Command::new("true").spawn()?;
            let ended = ended.clone();
            add_process(&child, move |_| {
                ended.set(ended.get() + 1);
                true
            })?;
            children.push(child);
        }
        drain_with(-1)?;
        for mut child in children {
            assert!(child.try_wait()?.is_some_and(|status| status.success()));
        }
    }
    assert_eq!(ended.get(), size.children.div_ceil(50) * 50);
    Ok(format!("{} awaited", ended.get()))
}

/// Signals merge, and none is forgotten: after the last one the watcher is called.
#[cfg(unix)]
pub fn signals(size: &Size) -> Result<String> {
    let (count, heard) = (size.signals, Rc::new(Cell::new(0)));
    let stop = Rc::new(Cell::new(false));
    let watch = add_signal(Signal::SIGUSR1, {
        let (heard, stop) = (heard.clone(), stop.clone());
        move |_| {
            heard.set(heard.get() + 1);
            stop.get()
        }
    })?;
    let storm = std::thread::spawn(move || (0..count).try_for_each(|_| raise(rustix::process::Signal::USR1)));
    while !storm.is_finished() {
        poll_with(1)?;
    }
    storm.join().expect("no panic")?;
    poll_with(20)?;
    stop.set(true);
    let before = heard.get();
    raise(rustix::process::Signal::USR1)?;
    drain_with(-1)?;
    assert!(heard.get() > before && heard.get() <= count + 1, "{} calls", heard.get());
    assert!(!known(watch));
    Ok(format!("{count} signals, {} calls", heard.get()))
}
