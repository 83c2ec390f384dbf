//! User values that use the loop, or panic, when they are dropped.

use std::io::Write as _;
use std::thread::{self};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

use crate::{OnDrop, panics};

#[test]
fn a_dropped_callback_uses_the_loop() {
    guarded(|| {
        let trace = Trace::default();
        let (a, mut peer) = pair()?;
        let (b, _other) = pair()?;
        let noted = trace.clone();
        let captured = OnDrop(move || {
            noted.note("dropped");
            let _nested = poll_with(0);
            let _other_side = b.add_read(|_| true);
            let noted = noted.clone();
            call_soon(move || noted.note("soon"));
        });
        a.add_read(move |_| {
            let _held = &captured;
            true
        })?;
        let noted = trace.clone();
        a.add_read(move |_| {
            noted.note("second");
            true
        })?;
        peer.write_all(b"x")?;
        turns(3)?;
        let seen = trace.taken();
        assert_eq!(seen.iter().filter(|s| *s == "dropped").count(), 1);
        assert_eq!(seen.iter().filter(|s| *s == "second").count(), 1, "{seen:?}");
        assert_eq!(seen.iter().filter(|s| *s == "soon").count(), 1);
        a.close_socket()?;
        b.close_socket()?;
        drain()
    });
}

/// Every way in which a callback goes away, with one that panics when it is dropped.
#[test]
fn a_callback_that_panics_when_it_is_dropped() {
    guarded(|| {
        let bad = || {
            OnDrop(|| {
                if !thread::panicking() {
                    panic!("dropped")
                }
            })
        };
        let (a, mut peer) = pair()?;
        let held = bad();
        a.add_read(move |_| {
            let _held = &held;
            true
        })?;
        let after = Count::default();
        let count = after.clone();
        a.add_read(move |_| {
            count.up();
            true
        })?;
        peer.write_all(b"x")?;
        assert!(panics(|| drop(poll())));
        while after.get() == 0 {
            poll()?;
        }
        for way in 0..6 {
            let (fd, _peer) = pair()?;
            let held = bad();
            let keep = move |_: AsyncFD| {
                let _held = &held;
                false
            };
            let panicked = match way {
                0 => fd.add_read(keep).map(|()| panics(|| drop(fd.unregister())))?,
                1 => fd.add_read(keep).map(|()| panics(|| drop(fd.close_socket())))?,
                2 => add_timer(1000, false, keep).map(|key| panics(|| drop(key.unregister())))?,
                3 => add_signal(QUIET_SIGNAL, keep).map(|key| panics(|| drop(key.unregister())))?,
                4 => {
                    let ev = new_async_event();
                    ev.add(keep)?;
                    panics(|| drop(ev.unregister()))
                }
                _ => {
                    let f = NimFuture::<()>::new();
                    f.add_callback(move |_| drop(keep));
                    panics(|| f.clear_callbacks())
                }
            };
            assert!(panicked, "{way}: the panic reaches the caller");
            if contains(&get_global_dispatcher(), fd) {
                fd.close_socket()?;
            }
            assert_eq!(active_descriptors(), 0, "{way}");
        }
        a.close_socket()
    });
}

#[test]
fn an_operation_behind_a_callback_that_panics_when_it_is_dropped() {
    guarded(|| {
        for close in [false, true] {
            let (fd, _peer) = pair()?;
            for _ in 0..2 {
                let bad = OnDrop(|| {
                    if !thread::panicking() {
                        panic!("dropped")
                    }
                });
                fd.add_read(move |_| {
                    let _held = &bad;
                    true
                })?;
            }
            let waiting = [fd.recv(1), fd.recv(2)];
            assert!(panics(|| if close { drop(fd.close_socket()) } else { drop(fd.unregister()) }));
            assert!(waiting.iter().all(NimFuture::failed), "whoever waits hears of it");
            assert!(!contains(&get_global_dispatcher(), fd));
        }
        drain()
    });
}

#[test]
fn values_that_panic_when_their_dispatcher_ends() {
    guarded(|| {
        let dropped = Count::default();
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let bad = || {
            let count = dropped.clone();
            OnDrop(move || {
                count.up();
                panic!("dropped");
            })
        };
        let (fd, mut peer) = pair()?;
        for _ in 0..2 {
            let (a, b, c, e, f) = (bad(), bad(), bad(), bad(), bad());
            fd.add_read(move |_| {
                let _held = &a;
                false
            })?;
            add_timer(10_000, false, move |_| {
                let _held = &b;
                false
            })?;
            call_soon(move || drop(c));
            async_check(async_proc(async move {
                let _held = e;
                NimFuture::<()>::new().await
            }));
            sleep_async(9_000).add_callback(move |_| drop(f));
        }
        let told = [sleep_async(10_000), fd.send(vec![0; 1 << 22])];
        let received = fd.recv(1);
        assert!(panics(|| d.close()), "the first panic reaches the caller");
        assert_eq!(dropped.get(), 10, "one panic keeps no other value from being dropped");
        assert!(told.iter().all(NimFuture::failed) && received.failed());
        std::io::copy(&mut peer, &mut std::io::sink())?; // closed
        drop(d);
        set_global_dispatcher(None)
    });
}
