//! Events, remotes and wakers that end, or are used, on other threads.

use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

use crate::panics;

/// A callback never leaves its thread, wherever the handles of its event end.
#[test]
fn an_event_that_ends_on_another_thread() {
    struct Home(ThreadId, mpsc::Sender<bool>);
    impl Drop for Home {
        fn drop(&mut self) {
            let _ = self.1.send(thread::current().id() == self.0);
        }
    }
    guarded(|| {
        for way in 0..4 {
            let (sender, heard) = mpsc::channel();
            let home = Home(thread::current().id(), sender);
            let ev = new_async_event();
            let key = ev.add(move |_| {
                let _held = &home;
                false
            })?;
            thread::spawn(move || match way {
                0 => drop(ev),
                1 => ev.close(),
                2 => drop(ev.unregister()),
                _ => drop(ev.add(|_| true)),
            })
            .join()
            .expect("no panic");
            turns(2).ok();
            drop(key.unregister());
            assert_eq!(heard.recv(), Ok(true), "{way}: dropped where it was made");
        }
        Ok(())
    });
}

#[test]
fn a_remote_outlives_its_dispatcher() {
    guarded(|| {
        let d = new_dispatcher();
        let remote = d.remote();
        let (sender, heard) = mpsc::channel();
        let queued = sender.clone();
        let stay = remote.clone();
        thread::spawn(move || stay.call_soon_threadsafe(move || queued.send("called").unwrap()))
            .join()
            .expect("no panic")?;
        drop(d);
        assert!(remote.call_soon_threadsafe(move || sender.send("late").unwrap()).is_err());
        assert!(heard.recv().is_err(), "both callbacks are dropped uncalled");
        Ok(())
    });
}

/// Wakers of a proc are kept by others for ever and woken anywhere, at any time, any number of times.
#[test]
fn wakers_that_outlive_everything() {
    guarded(|| {
        let (sender, wakers) = mpsc::channel::<Waker>();
        let polls = Count::default();
        let count = polls.clone();
        let proc = async_proc(async move {
            std::future::poll_fn(|cx| {
                sender.send(cx.waker().clone()).unwrap();
                cx.waker().wake_by_ref();
                if count.up() < 3 { Poll::Pending } else { Poll::Ready(Ok(())) }
            })
            .await
        });
        wait_for(proc)?;
        assert_eq!(polls.get(), 3);
        let kept: Vec<_> = wakers.iter().collect();
        let other = async_proc(sleep_async(5));
        let something_is_pending = add_timer(600_000, true, |_| true)?;
        let woken = kept.clone();
        thread::spawn(move || woken.into_iter().for_each(|waker| (0..1000).for_each(|_| waker.wake_by_ref())))
            .join()
            .expect("no panic");
        turns(3)?;
        wait_for(other)?;
        drop(something_is_pending.unregister()?);
        assert_eq!(polls.get(), 3, "it has ended");
        get_global_dispatcher().close();
        kept.into_iter().for_each(Waker::wake);
        Ok(())
    });
}

/// A waker that uses the future which it is woken by.
struct Meddler(mpsc::Sender<()>);

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        let _nested = poll_with(0);
        call_soon(|| ());
        drop(sleep_async(1));
        let _ = self.0.send(());
        panic!("a waker that panics");
    }
}

#[test]
fn a_foreign_waker_that_turns_the_loop_and_panics() {
    guarded(|| {
        let (sender, woken) = mpsc::channel();
        let waker = Waker::from(Arc::new(Meddler(sender)));
        let f = new_future::<u8>("f");
        let mut waiting = Box::pin((&f).into_future());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let count = Count::default();
        let called = count.clone();
        f.add_callback(move |_| {
            called.up();
        });
        assert!(panics(|| f.complete(7)));
        woken.try_recv().expect("woken");
        drain()?;
        assert_eq!((f.read()?, count.get()), (7, 1), "the other waiters hear of it");
        assert!(matches!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(7))));
        Ok(())
    });
}
