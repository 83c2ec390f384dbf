//! The end of a dispatcher, whoever brings it about and wherever: nothing leaks, nothing hangs, whoever waits hears.

mod everything;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use everything::fill;
use tokio::runtime::Builder;

/// Counts the blocks of memory that are in use.
struct Counting;

static BLOCKS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator, unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BLOCKS.fetch_add(1, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BLOCKS.fetch_sub(1, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn thread_exit_drops_everything() {
    struct Told(mpsc::Sender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    guarded(|| {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let told = Rc::new(Told(sender));
            let others = fill(&Rc::new(()))?;
            let t = told.clone();
            call_soon(move || drop(t));
            let t = told.clone();
            async_check(async_proc(async move {
                let _held = t;
                NimFuture::<()>::new().await
            }));
            Ok::<_, Error>(others)
        });
        let others = thread.join().expect("no panic")?;
        receiver.recv_timeout(patience()).expect("what the thread's dispatcher held was not dropped");
        others.hear_the_end()
    });
}

#[test]
fn dropping_the_last_handle_drops_everything() {
    guarded(|| {
        let token = Rc::new(());
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let first = fill(&token)?;
        poll_with(0)?;
        let second = fill(&token)?;
        poll_with(0)?;
        assert!(Rc::strong_count(&token) > 50, "{}", Rc::strong_count(&token));
        set_global_dispatcher(None)?;
        drop(d);
        assert_eq!(Rc::strong_count(&token), 1, "user values outlived their dispatcher");
        first.hear_the_end()?;
        second.hear_the_end()
    });
}

/// Drives a guest with everything pending for a while, then drops the drive and the guest, in this order or the other.
async fn as_a_guest(drive_first: bool) -> Result<()> {
    let token = Rc::new(());
    let guest = Dispatcher::guest();
    let others = guest.run_until(async { fill(&token) }).await??;
    let mut drive = Box::pin(guest.drive());
    let driven = tokio::time::timeout(Duration::from_millis(20), &mut drive).await;
    assert!(driven.is_err(), "a guest waits, whatever is pending");
    assert!(Rc::strong_count(&token) > 20, "{}", Rc::strong_count(&token));
    if drive_first {
        drop(drive);
        drop(guest);
    } else {
        drop(guest);
        drop(drive);
    }
    tokio::task::yield_now().await;
    assert_eq!(Rc::strong_count(&token), 1, "user values outlived their dispatcher");
    others.hear_the_end()
}

#[test]
fn dropping_a_guest_drops_everything() {
    for drive_first in [true, false] {
        guarded(move || Builder::new_current_thread().enable_all().build()?.block_on(as_a_guest(drive_first)));
        guarded(move || Builder::new_multi_thread().enable_all().build()?.block_on(as_a_guest(drive_first)));
    }
}

/// A runtime that goes while the guest in it, with everything pending, stays.
#[test]
fn a_runtime_that_goes_before_its_guest() {
    guarded(|| {
        let token = Rc::new(());
        let guest = Dispatcher::guest();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let others = runtime.block_on(async {
            let others = guest.run_until(async { fill(&token) }).await??;
            guest.turn_with(0).await?;
            Ok::<_, Error>(others)
        })?;
        drop(runtime);
        drop(guest);
        assert_eq!(Rc::strong_count(&token), 1, "user values outlived their dispatcher");
        others.hear_the_end()
    });
}

#[test]
fn ends_leak_no_memory() {
    fn round() -> Result<()> {
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let others = fill(&Rc::new(()))?;
        poll_with(0)?;
        d.close();
        set_global_dispatcher(None)?;
        drop(d);
        others.hear_the_end()?;
        Builder::new_current_thread().enable_all().build()?.block_on(as_a_guest(true))
    }
    guarded(|| {
        for _ in 0..5 {
            round()?;
        }
        let before = BLOCKS.load(Relaxed);
        for _ in 0..40 {
            round()?;
        }
        let after = BLOCKS.load(Relaxed);
        assert!(after < before + 20, "{before} blocks of memory before 40 rounds, {after} after");
        Ok(())
    });
}

#[test]
fn close_breaks_a_cycle_and_later_calls_say_so() {
    guarded(|| {
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let own = d.clone();
        add_timer(100_000, false, move |_| {
            let _own = &own;
            false
        })?;
        let f = sleep_async(100_000);
        d.close();
        assert_eq!(f.read().unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(d.poll().unwrap_err().kind(), ErrorKind::DispatcherGone);
        assert!(get_global_dispatcher().timers().is_empty(), "a closed dispatcher is replaced on the next use");
        Ok(())
    });
}

#[test]
fn close_inside_every_kind_of_callback() {
    for kind in 0..6 {
        guarded(move || {
            let d = new_dispatcher();
            set_global_dispatcher(d.clone())?;
            let (a, mut peer) = pair()?;
            std::io::Write::write_all(&mut peer, b"x")?;
            let own = d.clone();
            let end = move || own.close();
            match kind {
                0 => a.add_read(move |_| {
                    end();
                    false
                })?,
                1 => drop(add_timer(1, false, move |_| {
                    end();
                    false
                })?),
                2 => call_soon(end),
                3 => async_check(async_proc(async move {
                    sleep_async(1).await?;
                    end();
                    sleep_async(1).await
                })),
                4 => a.recv(1).add_callback(move |_| end()),
                _ => {
                    let ev = new_async_event();
                    add_event(&ev, move |_| {
                        end();
                        false
                    })?;
                    ev.trigger();
                }
            }
            call_soon(|| ());
            let result = d.run_forever();
            assert_eq!(result.unwrap_err().kind(), ErrorKind::DispatcherGone, "kind {kind}");
            drain() // a proc that goes on after the end acts on the next dispatcher
        });
    }
}

#[test]
fn whoever_awaits_elsewhere_hears_of_the_end() {
    guarded(|| {
        let heard = Builder::new_current_thread().enable_all().build()?.block_on(async {
            let d = Dispatcher::guest();
            let f = d.bind(std::future::poll_fn(|_| Poll::Ready(with_timeout(&sleep_async(100_000), 90_000)))).await;
            drop(d);
            tokio::time::timeout(patience(), f).await
        });
        assert_eq!(heard.expect("it hangs").unwrap_err().kind(), ErrorKind::Cancelled);
        Ok(())
    });
}

#[test]
fn user_values_may_use_the_loop_while_they_are_dropped() {
    struct Nasty(Weak<RefCell<Vec<&'static str>>>, AsyncFD);
    impl Drop for Nasty {
        fn drop(&mut self) {
            call_soon(|| ());
            drop(sleep_async(1));
            let _ = self.1.add_read(|_| true);
            let _ = self.1.close_socket();
            let _ = poll_with(0);
            if let Some(log) = self.0.upgrade() {
                log.borrow_mut().push("dropped");
            }
        }
    }
    guarded(|| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let (a, _peer) = pair()?;
        for _ in 0..3 {
            let nasty = Nasty(Rc::downgrade(&log), a);
            a.add_read(move |_| {
                let _held = &nasty;
                false
            })?;
            let nasty = Nasty(Rc::downgrade(&log), a);
            call_soon(move || {
                let _held = &nasty;
            });
            let nasty = Nasty(Rc::downgrade(&log), a);
            add_timer(10_000, true, move |_| {
                let _held = &nasty;
                true
            })?;
        }
        let held = NimFuture::<Nasty>::new();
        held.complete(Nasty(Rc::downgrade(&log), a));
        d.close();
        drop(held);
        assert_eq!(log.borrow().len(), 10);
        drain() // what they did went to the next dispatcher
    });
}

#[test]
fn a_dispatcher_may_go_inside_tokio_with_a_blocking_task_running() {
    guarded(|| {
        let rt = Builder::new_current_thread().enable_all().build()?;
        let d = new_dispatcher();
        let handle = d.get_io_handler()?;
        let task = handle.spawn_blocking(|| std::thread::sleep(Duration::from_millis(600)));
        within(500, || rt.block_on(async move { drop(d) })); // it does not wait for the task
        drop(task);
        Ok(())
    });
}

#[test]
fn many_threads_one_dispatcher_each() {
    // wine fails to make a process now and then when many are made at once.
    const THREADS: usize = if cfg!(windows) { 3 } else { 20 };
    guarded(|| {
        let run = || {
            let others = fill(&Rc::new(()))?;
            poll_with(0)?;
            Ok::<_, Error>(others)
        };
        let threads: Vec<_> = (0..THREADS).map(|_| std::thread::spawn(run)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic")?.hear_the_end())
    });
}
