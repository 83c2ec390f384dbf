//! Dispatchers that are replaced, end or turn where they are being turned; operations that are forgotten.

use std::cell::Cell;
use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::thread::{self};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

#[test]
fn another_global_dispatcher_inside_a_callback() {
    guarded(|| {
        let trace = Trace::default();
        let first = get_global_dispatcher();
        let (a, mut peer) = pair()?;
        let noted = trace.clone();
        a.add_read(move |_| {
            set_global_dispatcher(new_dispatcher())?;
            let then = noted.clone();
            call_soon(move || then.note("of the second"));
            noted.note("read");
            Ok(true)
        })?;
        let f = a.recv(1);
        peer.write_all(b"x")?;
        poll()?;
        trace.expect(&["read"]);
        assert!(f.finished(), "the first one has gone on");
        poll()?;
        trace.expect(&["of the second"]);
        set_global_dispatcher(first)?;
        assert_eq!(wait_for(f)?, b"x");
        a.close_socket()
    });
}

#[test]
fn the_last_handle_is_dropped_inside_a_callback() {
    guarded(|| {
        for way in 0..3 {
            let d = Rc::new(Cell::new(Some(new_dispatcher())));
            let handle = d.take().expect("just put");
            set_global_dispatcher(handle.clone())?;
            d.set(Some(handle));
            let (end, count) = (d.clone(), Count::default());
            let called = count.clone();
            let end = move || {
                called.up();
                drop(set_global_dispatcher(None));
                drop(end.take());
            };
            let (fd, mut peer) = pair()?;
            peer.write_all(b"x")?;
            match way {
                0 => call_soon(end),
                1 => drop(add_timer(1, true, move |_| {
                    end();
                    true
                })?),
                _ => fd.add_read(move |_| {
                    end();
                    false
                })?,
            }
            let f = fd.recv(1);
            while count.get() == 0 {
                let _ended = poll();
            }
            assert!(f.finished(), "{way}: {f:?}");
        }
        Ok(())
    });
}

#[test]
fn a_proc_that_turns_the_loop_which_polls_it() {
    guarded(|| {
        let trace = Trace::default();
        let f = new_future::<()>("f");
        let (noted, waited) = (trace.clone(), f.clone());
        let proc = async_proc(async move {
            noted.note("begun");
            sleep_async(1).await?;
            waited.complete(());
            turns(2).ok(); // wakes this very proc, which is being polled
            noted.note("nested");
            waited.await?;
            sleep_async(1).await?;
            noted.note("ended");
            Ok(())
        });
        wait_for(proc)?;
        trace.expect(&["begun", "nested", "ended"]);
        Ok(())
    });
}

/// A future that moves on to another thread of no use to it: it is not `Send`, so its parts are asked in vain.
#[test]
fn a_key_used_on_another_thread_touches_nothing() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        let f = a.recv(3);
        let refused = thread::spawn(move || {
            let kinds = [
                wait_for(a.recv(1)).unwrap_err().kind(),
                a.add_read(|_| true).unwrap_err().kind(),
                a.close_socket().unwrap_err().kind(),
                a.unregister().map(drop).unwrap_err().kind(),
                a.with_fd(|_| ()).unwrap_err().kind(),
            ];
            kinds.iter().all(|kind| *kind == ErrorKind::NotRegistered) && !contains(&get_global_dispatcher(), a)
        });
        assert!(refused.join().expect("no panic"));
        peer.write_all(b"abc")?;
        assert_eq!(wait_for(f)?, b"abc");
        a.close_socket()
    });
}

/// Lazy operations are forgotten in every state; the buffer that one borrowed is free again.
#[test]
fn forgotten_lazy_operations() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        let mut buffer = vec![0; 4];
        let pointer: *mut Vec<u8> = &mut buffer;
        for polled in [false, true] {
            // SAFETY: the operation is forgotten and never polled again; nobody else uses the buffer.
            let lent = unsafe { &mut *pointer };
            let mut read: Pin<Box<dyn Future<Output = Result<usize>>>> = Box::pin(a.read(lent));
            if polled {
                assert!(read.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            std::mem::forget(read);
        }
        std::mem::forget(a.readable());
        buffer.fill(7);
        peer.write_all(b"abcd")?;
        assert_eq!(wait_for(a.recv(4))?, b"abcd", "the forgotten ones are overtaken");
        assert_eq!(buffer, [7; 4], "and write to no buffer");
        a.close_socket()
    });
}

#[test]
fn an_unregistered_descriptor_is_forgotten() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        let unregistered = a.unregister()?;
        let owned: OwnedFd = unregistered.into_owned().expect("it was owned");
        let again = register(owned)?;
        let f = again.recv(1);
        peer.write_all(b"x")?;
        assert_eq!(wait_for(f)?, b"x");
        again.close_socket()
    });
}
