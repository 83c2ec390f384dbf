//! A dispatcher inside of a foreign loop, which watches its selector and calls `poll_with(0)`: a plain epoll loop, and
//! another dispatcher. None of these loops has a time limit: what the selector does not tell of would hang.

// The foreign loop is one of epoll; Windows has no selector that could be lent.
#![cfg(target_os = "linux")]

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll as poll_now};

/// A foreign loop: it knows nothing of the dispatcher but one descriptor.
struct Foreign {
    epoll: OwnedFd,
    turns: Cell<usize>,
}

impl Foreign {
    fn new(watched: impl AsFd) -> Result<Foreign> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(std::io::Error::from)?;
        epoll::add(&epoll, watched, epoll::EventData::new_u64(1), epoll::EventFlags::IN)
            .map_err(std::io::Error::from)?;
        Ok(Foreign { epoll, turns: Cell::new(0) })
    }

    /// Waits, without a limit.
    fn wait(&self) -> Result<()> {
        let mut events = Vec::with_capacity(8);
        epoll::wait(&self.epoll, spare_capacity(&mut events), None).map_err(std::io::Error::from)?;
        self.turns.set(self.turns.get() + 1);
        Ok(())
    }

    fn run_until(&self, d: &Dispatcher, done: impl Fn() -> bool) -> Result<()> {
        while !done() {
            self.wait()?;
            d.poll_with(0)?;
        }
        Ok(())
    }
}

fn is_readable(fd: impl AsFd) -> bool {
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    poll_now(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() > 0
}

/// The thread's dispatcher, its selector, and a loop around it.
fn embedded() -> Result<(Dispatcher, OwnedFd, Foreign)> {
    let d = get_global_dispatcher();
    let selector = d.get_fd()?;
    let foreign = Foreign::new(&selector)?;
    Ok((d, selector, foreign))
}

#[test]
fn an_epoll_loop_serves_callbacks_operations_and_procs() {
    guarded(|| {
        let (d, selector, foreign) = embedded()?;
        assert!(!is_readable(&selector), "nothing to do yet");
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let listener = register(listener)?;
        let serving = async_proc(async move {
            let client = listener.accept().await?;
            let line = client.recv(100).await?;
            client.send(line).await?;
            client.close_socket()?;
            listener.close_socket()
        });
        let peer = std::thread::spawn(move || {
            let mut stream = std::net::TcpStream::connect(address)?;
            std::thread::sleep(Duration::from_millis(5));
            stream.write_all(b"hello")?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok::<_, std::io::Error>(text)
        });
        foreign.run_until(&d, || serving.finished())?;
        serving.read()?;
        assert_eq!(peer.join().unwrap()?, "hello");
        assert!(!is_readable(&selector));
        Ok(())
    });
}

#[test]
fn timers_and_the_queue_make_the_selector_readable_too() {
    guarded(|| {
        let (d, selector, foreign) = embedded()?;
        let log = Rc::new(RefCell::new(Vec::new()));
        let note = |name: &'static str| {
            let log = log.clone();
            move || log.borrow_mut().push(name)
        };
        call_soon(note("soon"));
        let (timer, slept) = (note("timer"), note("slept"));
        add_timer(4, true, move |_| {
            timer();
            true
        })?;
        let begun = Instant::now();
        let sleeping = async_proc(async move {
            sleep_async(8).await?;
            slept();
            Ok(())
        });
        foreign.run_until(&d, || sleeping.finished())?;
        assert!(begun.elapsed() >= Duration::from_millis(8));
        assert_eq!(*log.borrow(), ["soon", "timer", "slept"]);
        assert!(foreign.turns.get() <= 8, "{} turns for three things", foreign.turns.get());
        assert!(!is_readable(&selector));

        let late = sleep_async(60_000);
        d.poll_with(0)?; // learns of it
        assert!(!is_readable(&selector), "not before its time");
        late.cancel();
        Ok(())
    });
}

#[test]
fn other_threads_reach_a_dispatcher_that_a_foreign_loop_waits_for() {
    const CALLS: usize = 20_000;
    guarded(|| {
        let (d, _selector, foreign) = embedded()?;
        let event = new_async_event();
        let triggered = Rc::new(Cell::new(false));
        add_event(&event, {
            let triggered = triggered.clone();
            move |_| {
                triggered.set(true);
                true
            }
        })?;
        let calls = Arc::new(AtomicUsize::new(0));
        let (remote, counted) = (d.remote(), calls.clone());
        let poster = std::thread::spawn(move || {
            for i in 0..CALLS {
                let counted = counted.clone();
                remote
                    .call_soon_threadsafe(move || {
                        counted.fetch_add(1, Ordering::SeqCst);
                    })
                    .unwrap();
                if i % 1000 == 0 {
                    std::thread::sleep(Duration::from_micros(300));
                }
            }
            event.trigger();
        });
        let all = || calls.load(Ordering::SeqCst) == CALLS && triggered.get();
        while !all() {
            foreign.wait()?;
            match d.poll_with(0) {
                Err(error) if error.kind() == ErrorKind::NothingPending => {}
                polled => polled?,
            }
        }
        poster.join().unwrap();
        Ok(())
    });
}

#[test]
fn what_a_turn_leaves_keeps_the_selector_readable() {
    guarded(|| {
        let (d, selector, foreign) = embedded()?;
        let served = Rc::new(Cell::new(0));
        let mut ends = Vec::new();
        for _ in 0..150 {
            let (fd, mut peer) = pair()?;
            peer.write_all(b"x")?;
            let served = served.clone();
            fd.add_read(move |_| {
                served.set(served.get() + 1);
                true
            })?;
            ends.push((fd, peer));
        }
        foreign.run_until(&d, || served.get() == 150)?;
        for (fd, _) in ends {
            fd.close_socket()?;
        }
        call_soon(|| Err::<(), Error>("raised".into()));
        let (after, called) = (served.clone(), || served.get() == 151);
        call_soon(move || after.set(151));
        foreign.wait()?;
        assert_eq!(d.poll_with(0).unwrap_err().to_string(), "raised");
        assert!(!called());
        foreign.run_until(&d, called)?;
        assert!(!is_readable(&selector));
        Ok(())
    });
}

#[test]
fn an_event_that_nobody_waits_for_does_not_spin_the_foreign_loop() {
    guarded(|| {
        let (d, selector, foreign) = embedded()?;
        let (fd, mut peer) = pair()?;
        let received = fd.recv(1);
        peer.write_all(b"xy")?;
        foreign.run_until(&d, || received.finished())?;
        assert_eq!(received.take()?, b"x");
        peer.write_all(b"z")?; // the kernel is still asked for it
        let mut polls = 0;
        while is_readable(&selector) {
            assert_eq!(d.poll_with(0).unwrap_err().kind(), ErrorKind::NothingPending);
            polls += 1;
        }
        assert!(polls <= 1, "{polls} polls for nothing");
        let rest = fd.recv(2);
        foreign.run_until(&d, || rest.finished())?;
        assert_eq!(rest.take()?, b"yz");
        fd.close_socket()
    });
}

#[test]
fn another_dispatcher_is_the_host_and_both_go_on() {
    guarded(|| {
        let (host, inner) = (get_global_dispatcher(), Dispatcher::new());
        let key = host.register(inner.get_fd()?)?;
        let inside = inner.clone();
        key.add_read(move |_| {
            inside.poll_with(0)?;
            Ok(false)
        })?;
        let (ours, mut theirs) = UnixStream::pair()?;
        let echo = futures::executor::block_on(inner.bind(async {
            let fd = register(ours)?;
            Ok::<_, Error>(async_proc(async move {
                let request = fd.recv(100).await?;
                sleep_async(3).await?;
                fd.send(request).await?;
                fd.close_socket()
            }))
        }))?;
        let ticks = Rc::new(Cell::new(0));
        let counted = ticks.clone();
        let ticking = add_timer(1, false, move |_| {
            counted.set(counted.get() + 1);
            false
        })?;
        let here = async_proc(async move {
            theirs.write_all(b"hello")?;
            let theirs = AsyncFD::try_from(theirs)?;
            let text = theirs.recv(100).await?;
            theirs.close_socket()?;
            Ok(text)
        });
        assert_eq!(wait_for(&here)?, b"hello");
        while !echo.finished() {
            poll()?;
        }
        assert!(ticks.get() > 0, "the host went on meanwhile");
        let _timer = ticking.unregister()?;
        drop(key.unregister()?);
        here.take().map(drop)
    });
}

#[test]
fn signals_and_tokios_tasks_are_seen_by_and_by() {
    guarded(|| {
        let (d, selector, foreign) = embedded()?;
        let signaled = Rc::new(Cell::new(false));
        add_signal(Signal::SIGUSR1, {
            let signaled = signaled.clone();
            move |_| {
                signaled.set(true);
                true
            }
        })?;
        raise(rustix::process::Signal::USR1)?;
        foreign.run_until(&d, || signaled.get())?;

        let (mut theirs, ours) = UnixStream::pair()?;
        let reading = async_proc(async move {
            let mut ours = tokio::net::UnixStream::try_from(AsyncFD::try_from(ours)?)?;
            let task = async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                tokio::io::AsyncReadExt::read_u8(&mut ours).await
            };
            Ok(tokio::task::spawn_local(task).await??)
        });
        theirs.write_all(b"x")?;
        foreign.run_until(&d, || reading.finished())?;
        assert_eq!(reading.take()?, b'x');
        assert!(!is_readable(&selector));
        Ok(())
    });
}

#[test]
fn a_lent_dispatcher_can_still_be_waited_with() {
    guarded(|| {
        let (d, selector, foreign) = embedded()?;
        let again = d.get_fd()?;
        let remote = d.remote();
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            remote.call_soon_threadsafe(|| ())
        });
        wait_for(sleep_async(10))?;
        late.join().unwrap()?;
        let soon = sleep_async(1);
        foreign.run_until(&d, || soon.finished())?;
        assert!(!is_readable(&selector) && !is_readable(&again));
        soon.take()
    });
}

#[test]
fn guests_and_closed_dispatchers_lend_nothing() {
    guarded(|| {
        assert_eq!(Dispatcher::guest().get_fd().unwrap_err().kind(), ErrorKind::LoopInside);
        let closed = Dispatcher::new();
        let _selector = closed.get_fd()?;
        closed.close();
        assert_eq!(closed.get_fd().unwrap_err().kind(), ErrorKind::DispatcherGone);
        assert_eq!(closed.poll_with(0).unwrap_err().kind(), ErrorKind::DispatcherGone);
        Ok(())
    });
}

#[test]
fn a_guest_as_host_is_told_that_the_other_would_block() {
    guarded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let told = runtime.block_on(run(async {
            let inner = Dispatcher::new();
            let key = register(inner.get_fd()?)?;
            inner.call_soon(|| ());
            key.add_read(move |_| inner.poll_with(0).map(|()| false))?;
            std::future::pending::<Result<()>>().await
        }));
        assert_eq!(told.unwrap_err().kind(), ErrorKind::LoopInside);
        Ok(())
    });
}
