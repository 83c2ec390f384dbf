//! The rules by which descriptors are looked at and lists are shared, each by a program that tells when one is broken.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io::{Read, Write};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

/// Counts wake-ups and does nothing else: a future that is held and never polled.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_turn_serves_64_descriptors_and_the_rest_comes_next() {
    guarded(|| {
        let served = Rc::new(Cell::new(0));
        let mut ends = Vec::new();
        for _ in 0..100 {
            let (fd, mut peer) = pair()?;
            peer.write_all(b"x")?;
            ends.push((fd, peer));
            let served = served.clone();
            fd.add_read(move |_| {
                served.set(served.get() + 1);
                true
            })?;
        }
        poll()?;
        assert_eq!(served.get(), 64);
        poll()?;
        assert_eq!(served.get(), 100);
        assert_eq!(active_descriptors(), 0);
        ends.iter().try_for_each(|(fd, _)| fd.close_socket())
    });
}

#[test]
fn a_guest_that_parks_after_a_full_batch_is_woken_for_the_rest() {
    alone(|| {
        let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let done = rt.block_on(async {
            let d = Dispatcher::guest();
            let served = Rc::new(Cell::new(0));
            let count = served.clone();
            let peers = d
                .bind(async move {
                    let mut peers = Vec::new();
                    for _ in 0..200 {
                        let (fd, mut peer) = pair()?;
                        peer.write_all(b"x")?;
                        peers.push(peer);
                        let count = count.clone();
                        fd.add_read(move |_| {
                            count.set(count.get() + 1);
                            true
                        })?;
                    }
                    Ok::<_, Error>(peers)
                })
                .await
                .unwrap();
            let all = d.run_until(std::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                if served.get() == 200 { Poll::Ready(()) } else { Poll::Pending }
            }));
            let done = tokio::time::timeout(patience(), all).await.is_ok();
            drop(peers);
            done
        });
        assert!(done, "some descriptors were never served");
    });
}

/// The turns of a loop that has other work do not park, nor is tokio asked: they look all the same.
#[test]
fn a_full_batch_is_followed_by_the_rest_beside_other_work() {
    fn again(served: Rc<Cell<usize>>) {
        if served.get() < 200 {
            call_soon(move || again(served));
        }
    }
    alone(|| {
        let served = Rc::new(Cell::new(0));
        let mut peers = Vec::new();
        for _ in 0..200 {
            let (fd, mut peer) = pair().unwrap();
            peer.write_all(b"x").unwrap();
            peers.push(peer);
            let count = served.clone();
            fd.add_read(move |_| {
                count.set(count.get() + 1);
                true
            })
            .unwrap();
        }
        again(served.clone());
        let mut turns = 0;
        while served.get() < 200 {
            poll().unwrap();
            turns += 1;
        }
        assert_eq!(turns, 200_usize.div_ceil(64), "64 a turn");
    });
}

#[test]
fn a_held_unpolled_future_neither_spins_the_loop_nor_blocks_others() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(counter.clone());
        let mut buf = [0; 1];
        {
            let mut empty = [0; 1];
            let mut first = pin!(fd.read(&mut empty));
            assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            let behind = fd.recv(1);
            peer.write_all(b"ab")?;
            for _ in 0..10 {
                poll_with(5)?;
            }
            assert_eq!(counter.0.load(Ordering::SeqCst), 1, "woken once, as it was never polled");
            assert_eq!(wait_for(behind)?, b"a", "the operation behind it has overtaken it");
            let polled = first.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(matches!(polled, Poll::Ready(Ok(1))));
        }
        let mut held = pin!(fd.read(&mut buf));
        assert!(held.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        peer.write_all(b"c")?;
        poll_with(50)?;
        let before = std::time::Instant::now();
        poll_with(40)?;
        poll_with(40)?;
        assert!(before.elapsed().as_millis() >= 40, "an event that nobody polls for keeps the loop from waiting");
        fd.close_socket()
    });
}

/// What the first leaves is for the next, at once: no turn has to look for it.
#[test]
fn a_lazy_operation_that_leaves_wakes_the_next() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let counters = [Arc::new(Counter::default()), Arc::new(Counter::default())];
        let woken = || counters.each_ref().map(|counter| counter.0.load(Ordering::SeqCst));
        let wakers = counters.each_ref().map(|counter| Waker::from(counter.clone()));
        let (mut one, mut two) = ([0; 1], [0; 1]);
        let mut first = Box::pin(fd.read(&mut one));
        let mut second = Box::pin(fd.read(&mut two));
        assert!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
        assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
        peer.write_all(b"ab")?;
        poll_with(50)?;
        assert_eq!(woken(), [1, 0]);
        assert!(matches!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])), Poll::Ready(Ok(1))));
        assert_eq!(woken(), [1, 1]);
        assert!(matches!(second.as_mut().poll(&mut Context::from_waker(&wakers[1])), Poll::Ready(Ok(1))));
        drop((first, second));
        assert_eq!((one, two), (*b"a", *b"b"));
        fd.close_socket()
    });
}

#[test]
fn a_dropped_lazy_operation_passes_readiness_on() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let log = Rc::new(RefCell::new(Vec::new()));
        let (first_log, second_log) = (log.clone(), log.clone());
        let first = async_proc(async move {
            let mut buf = [0; 8];
            let size = fd.read(&mut buf).await?;
            first_log.borrow_mut().push(("first", size));
            Ok(())
        });
        async_check(async_proc(async move {
            let mut buf = [0; 8];
            let size = fd.read(&mut buf).await?;
            second_log.borrow_mut().push(("second", size));
            Ok(())
        }));
        peer.write_all(b"xyz")?;
        let cancel = first.clone();
        fd.add_read(|_| true)?;
        call_soon(move || {
            cancel.cancel();
        });
        poll()?;
        poll_with(200)?;
        assert_eq!(*log.borrow(), [("second", 3)]);
        assert_eq!(first.read().unwrap_err().kind(), ErrorKind::Cancelled);
        fd.close_socket()
    });
}

#[test]
fn an_operation_cancelled_inside_a_callback_before_it_swallows_nothing() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let victim: Rc<RefCell<Option<NimFuture<Vec<u8>>>>> = Rc::default();
        let held = victim.clone();
        fd.add_read(move |_| {
            if let Some(future) = held.borrow_mut().take() {
                future.cancel();
            }
            true
        })?;
        let received = fd.recv(10);
        *victim.borrow_mut() = Some(received.clone());
        peer.write_all(b"data")?;
        poll()?;
        assert_eq!(received.read().unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(wait_for(fd.recv(10))?, b"data");
        assert_eq!(active_descriptors(), 0);
        fd.close_socket()
    });
}

#[test]
fn a_proc_of_ready_operations_lets_others_run() {
    guarded(|| {
        let (a, b) = stream_pair()?;
        let (a, b) = (register(a)?, register(b)?);
        let turns = Rc::new(Cell::new(0));
        let counted = turns.clone();
        let done = Rc::new(Cell::new(false));
        let end = done.clone();
        async_check(async_proc(async move {
            let mut buf = [0; 4];
            for _ in 0..1000 {
                a.write_all(b"ping").await?;
                b.read_exact(&mut buf).await?;
            }
            end.set(true);
            Ok(())
        }));
        while !done.get() {
            poll()?;
            counted.set(counted.get() + 1);
        }
        assert!(turns.get() >= 1000 / 128, "2000 operations in {} turns", turns.get());
        a.close_socket()?;
        b.close_socket()
    });
}

#[test]
fn a_hang_up_with_nobody_waiting_does_not_spin() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        peer.write_all(b"x")?;
        fd.add_read(|_| true)?;
        poll()?;
        drop(peer);
        async_check(sleep_async(60));
        let begun = std::time::Instant::now();
        let mut turns = 0;
        while has_pending_operations() {
            poll()?;
            turns += 1;
        }
        assert!(turns <= 6, "{turns} turns in {:?}", begun.elapsed());
        fd.close_socket()
    });
}

#[test]
fn a_blocking_descriptor_does_not_freeze_the_loop() {
    guarded(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let l = register(listener)?;
        let (first, second) = (l.accept(), l.accept());
        let mut peer = std::net::TcpStream::connect(address)?;
        let client = wait_for(first)?;
        assert!(!wait_for(second.with_timeout(20))?);
        l.close_socket()?;
        let big = client.send(vec![7; 8_000_000]);
        assert!(!wait_for(big.with_timeout(30))?, "8 MB do not fit into a socket's buffers");
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).map(|_| all.len())
        });
        wait_for(big)?;
        client.close_socket()?;
        assert_eq!(reader.join().unwrap()?, 8_000_000);
        Ok(())
    });
}

/// A registered socket with a reading callback that the selector does not ask for any more, as in Nim: when it was called
/// `begin` began to wait on the writing side, which has raised. The reading side is ready and the writing one full, and
/// the kernel has been told to be silent. Returns how often it was called, too; it wants to be twice.
fn forgotten(begin: fn(AsyncFD) -> Result<()>) -> Result<(AsyncFD, Stream, Rc<Cell<usize>>)> {
    let (fd, mut peer) = pair()?;
    let calls = Rc::new(Cell::new(0));
    let called = calls.clone();
    fd.add_read(move |fd| {
        called.set(called.get() + 1);
        if called.get() == 1 {
            begin(fd)?;
        }
        Ok::<_, Error>(called.get() == 2)
    })?;
    fd.add_write(|_| Err("raised".into()))?;
    peer.write_all(b"x")?;
    assert_eq!(poll().unwrap_err().to_string(), "raised");
    fd.with_fd(|fd| {
        socket2::SockRef::from(&fd).set_nonblocking(true)?;
        fill(fd)
    })??;
    poll_with(0)?;
    assert_eq!(calls.get(), 1);
    Ok((fd, peer, calls))
}

#[test]
fn a_forgotten_side_is_asked_for_by_whoever_begins_to_wait() {
    guarded(|| {
        let (fd, _peer, calls) = forgotten(|fd| fd.add_write(|_| true))?;
        fd.add_write(|_| true)?;
        poll_with(0)?;
        assert_eq!(calls.get(), 2, "it was ready and was not served");
        fd.close_socket()
    });
}

#[test]
fn a_forgotten_side_is_asked_for_when_the_other_was_served() {
    let by_callback: fn(AsyncFD) -> Result<()> = |fd| fd.add_write(|_| true);
    let by_operation = |fd: AsyncFD| {
        async_check(fd.send("y"));
        Ok(())
    };
    let by_task = |fd: AsyncFD| {
        async_check(async_proc(async move { fd.writable().await }));
        Ok(())
    };
    for begin in [by_callback, by_operation, by_task] {
        guarded(move || {
            let (fd, mut peer, calls) = forgotten(begin)?;
            peer.set_read_timeout(Some(std::time::Duration::from_millis(50)))?;
            while peer.read(&mut vec![0; 1 << 16]).is_ok() {}
            for _ in 0..3 {
                poll_with(20).or_else(|error| if calls.get() == 2 { Ok(()) } else { Err(error) })?;
            }
            assert_eq!(calls.get(), 2, "it was ready and was not served");
            fd.close_socket()
        });
    }
}

#[test]
fn an_alarm_that_nobody_waits_for_any_more_ends_no_wait() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let given_up = loop {
            let soon = sleep_async(15);
            fd.add_read(|_| true)?;
            let writer = std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(2));
                peer.write_all(b"x").map(|()| peer)
            });
            poll()?; // waits with the alarm set, and is ended by the byte
            peer = writer.join().unwrap()?;
            while active_descriptors() > 0 {
                poll()?;
            }
            if soon.cancel() {
                break soon; // on a busy machine its time may have come before
            }
        };
        assert!(given_up.failed());
        std::thread::sleep(std::time::Duration::from_millis(30)); // the alarm rings
        let later = sleep_async(60_000);
        let begun = std::time::Instant::now();
        poll_with(40)?;
        assert!(begun.elapsed() >= std::time::Duration::from_millis(40), "{:?}", begun.elapsed());
        later.cancel();
        fd.close_socket()
    });
}
