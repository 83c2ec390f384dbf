//! Cancelling twice, too late, from where one is called, and drives that are dropped.

use std::cell::RefCell;
use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

use asyncdispatch::*;

use crate::modes::{Mode, everywhere, in_modes, is_cancelled, pair, turns};

#[test]
fn twice_and_after_completion_does_nothing() {
    everywhere(|| async {
        let future = new_future::<i32>("example");
        assert!(future.cancel());
        assert!(!future.cancel());
        is_cancelled(&future);
        let done = new_future("example");
        done.complete(1);
        assert!(!done.cancel());
        assert_eq!(done.await?, 1);
        let failed = new_future::<()>("example");
        failed.fail("boom");
        assert!(!failed.cancel());
        assert_eq!(failed.await.unwrap_err().to_string(), "boom");
        Ok(())
    });
}

#[test]
fn completing_what_was_cancelled_is_refused() {
    everywhere(|| async {
        let future = new_future::<i32>("example");
        assert!(future.cancel());
        assert_eq!(future.try_complete(1), Err(1));
        assert_eq!(future.try_fail("late").unwrap_err().to_string(), "late");
        is_cancelled(&future);
        Ok(())
    });
}

#[test]
fn from_inside_its_own_callback() {
    everywhere(|| async {
        let (future, answer) = (sleep_async(1), new_future("answer"));
        future.add_callback({
            let answer = answer.clone();
            move |future| answer.complete(future.cancel())
        });
        assert!(!answer.await?);
        future.await
    });
}

/// The list of the descriptor is out to be served: the cancelled receive is not tried any more.
#[test]
fn from_a_callback_of_the_same_descriptor() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let cancelled = Rc::new(RefCell::new(None));
        let during = cancelled.clone();
        add_read(fd, move |_| {
            let received: NimFuture<(usize, [u8; 8])> = during.take().expect("set");
            assert!(received.cancel());
            assert_eq!(received.take_buffer(), Some([7; 8]));
            true
        })?;
        cancelled.replace(Some(fd.recv_into([7; 8])));
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

/// A buffer whose `AsMut` cancels the receive that asks for it.
struct Cancels(Rc<RefCell<Option<Receiving>>>);

type Receiving = NimFuture<(usize, Cancels)>;

impl AsMut<[u8]> for Cancels {
    fn as_mut(&mut self) -> &mut [u8] {
        if let Some(received) = self.0.take() {
            assert!(received.cancel());
            assert!(received.take_buffer().is_none(), "it is in use");
        }
        Box::leak(Box::new([0; 8]))
    }
}

#[test]
fn from_the_buffer_that_is_being_filled() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let itself = Rc::new(RefCell::new(None));
        let received = fd.recv_into(Cancels(itself.clone()));
        itself.replace(Some(received.clone()));
        peer.write_all(b"hello")?;
        assert_eq!(received.clone().await.map(drop).unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(received.take_buffer().is_some());
        assert_eq!(fd.recv(64).await?, b"hello", "no byte was taken");
        close_socket(fd)
    });
}

/// A panic in the clean-up of a cancelled proc leaves through `cancel`; the proc has ended, and so have its operations.
#[test]
fn a_clean_up_that_panics() {
    everywhere(|| async {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("while cleaning up");
            }
        }
        let (fd, mut peer) = pair()?;
        let panics = Panics;
        let proc = async_proc(async move {
            let _panics = panics;
            fd.recv(64).await
        });
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| proc.cancel())).unwrap_err();
        assert_eq!(panicked.downcast_ref(), Some(&"while cleaning up"));
        is_cancelled(&proc);
        assert_eq!(active_descriptors(), 0);
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

/// `run_until`, `run`, `drive`, `turn`, `turn_with`, `drained` that are dropped: nothing is lost.
#[test]
fn a_dropped_drive_loses_nothing() {
    for mode in Mode::GUEST {
        crate::modes::within_limit(move || {
            let build = || match mode {
                Mode::MultiThread => tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build(),
                _ => tokio::runtime::Builder::new_current_thread().enable_all().build(),
            };
            build().expect("a runtime").block_on(drives()).expect("all is there");
        });
    }
}

async fn drives() -> Result<()> {
    let d = Dispatcher::guest();
    let (fd, mut peer) = d.bind(async { pair() }).await?;
    let mut received = None;
    d.bind(async { received = Some(fd.recv(64)) }).await;
    let received = received.expect("it was begun");
    let called = Rc::new(RefCell::new(Vec::new()));
    let short = Duration::from_millis(1);
    let never = || new_future::<()>("never");
    let late = tokio::time::timeout(short, d.run_until(never())).await;
    assert!(late.is_err());
    let late = tokio::time::timeout(short, d.run(async { never().await })).await;
    assert!(late.is_err());
    let late = tokio::time::timeout(short, d.drive()).await;
    assert!(late.is_err());
    let late = tokio::time::timeout(short, d.turn_with(-1)).await;
    assert!(late.is_err());
    let late = tokio::time::timeout(short, d.drained(-1)).await;
    assert!(late.is_err());
    let late = tokio::time::timeout(short, d.turn()).await;
    assert!(late.is_err());
    for n in 0..3 {
        let called = called.clone();
        d.call_soon(move || called.borrow_mut().push(n));
        drop(d.turn()); // never polled
    }
    peer.write_all(b"hello")?;
    assert_eq!(d.run_until(received).await??, b"hello");
    assert_eq!(*called.borrow(), [0, 1, 2]);
    d.bind(async move { close_socket(fd) }).await
}

#[test]
fn a_dropped_bind_drops_its_future() {
    in_modes(&Mode::GUEST, || async {
        let sleep = sleep_async(60_000);
        let d = get_global_dispatcher();
        let bound = d.bind(sleep.clone().abort_on_drop());
        drop(bound);
        is_cancelled(&sleep);
        turns(1).await
    });
}
