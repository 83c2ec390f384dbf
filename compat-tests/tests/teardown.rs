//! The end of a dispatcher, whoever brings it about and wherever: nothing leaks, nothing hangs, whoever waits hears.

use std::cell::RefCell;
use std::os::unix::net::UnixStream;
use std::rc::{Rc, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use asyncdispatch::*;

/// Runs `test` on a thread of its own, as each test needs a fresh dispatcher.
fn on_thread(test: impl FnOnce() -> Result<()> + Send + 'static) {
    std::thread::spawn(test).join().expect("the test panicked").expect("the test failed");
}

fn pair() -> Result<(AsyncFD, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    Ok((register(ours)?, theirs))
}

/// Something of every kind, each holding `token`.
fn fill(token: &Rc<()>) -> Result<Vec<UnixStream>> {
    let (a, peer) = pair()?;
    let t = token.clone();
    a.add_read(move |_| {
        let _held = &t;
        false
    })?;
    drop(a.recv(10));
    drop(a.recv_into(vec![0; 8]));
    let t = token.clone();
    async_check(async_proc(async move {
        let _held = t;
        let mut buf = [0; 4];
        a.read_exact(&mut buf).await
    }));
    let t = token.clone();
    sleep_async(100_000).add_callback(move |_| {
        let _held = &t;
    });
    let t = token.clone();
    add_timer(100_000, false, move |_| {
        let _held = &t;
        false
    })?;
    let t = token.clone();
    add_event(&new_async_event(), move |_| {
        let _held = &t;
        false
    })?;
    let t = token.clone();
    add_signal(Signal::SIGUSR2, move |_| {
        let _held = &t;
        false
    })?;
    let t = token.clone();
    call_soon(move || {
        let _held = &t;
    });
    let t = token.clone();
    let never = NimFuture::<()>::new();
    async_check(async_proc(async move {
        let _held = t;
        never.await
    }));
    let t = token.clone();
    let f = with_timeout(&a.recv(3), 100_000);
    f.and(&sleep_async(99_999)).add_callback(move |_| {
        let _held = &t;
    });
    Ok(vec![peer])
}

#[test]
fn thread_exit_drops_everything() {
    let (sender, receiver) = std::sync::mpsc::channel();
    struct Told(std::sync::mpsc::Sender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    std::thread::spawn(move || {
        let told = Rc::new(Told(sender));
        let peers = fill(&Rc::new(())).unwrap();
        let t = told.clone();
        call_soon(move || drop(t));
        let t = told.clone();
        async_check(async_proc(async move {
            let _held = t;
            NimFuture::<()>::new().await
        }));
        std::mem::forget(peers);
    })
    .join()
    .unwrap();
    assert!(receiver.recv_timeout(Duration::from_secs(5)).is_ok(), "what the thread's dispatcher held was not dropped");
}

#[test]
fn dropping_the_last_handle_drops_everything() {
    on_thread(|| {
        let token = Rc::new(());
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let mut peers = fill(&token)?;
        poll_with(0)?;
        fill(&token)?.into_iter().for_each(|peer| peers.push(peer));
        poll_with(0)?;
        assert!(Rc::strong_count(&token) > 5);
        set_global_dispatcher(None)?;
        drop(d);
        assert_eq!(Rc::strong_count(&token), 1, "user values outlived their dispatcher");
        for mut peer in peers {
            let mut rest = Vec::new();
            std::io::Read::read_to_end(&mut peer, &mut rest)?;
        }
        Ok(())
    });
}

#[test]
fn close_breaks_a_cycle_and_later_calls_say_so() {
    on_thread(|| {
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
        on_thread(move || {
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
            Ok(())
        });
    }
}

#[test]
fn whoever_awaits_elsewhere_hears_of_the_end() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let heard = rt.block_on(async {
        let d = Dispatcher::guest();
        let f = d.bind(std::future::poll_fn(|_| Poll::Ready(with_timeout(&sleep_async(100_000), 90_000)))).await;
        drop(d);
        tokio::time::timeout(Duration::from_secs(5), f).await
    });
    assert_eq!(heard.expect("it hangs").unwrap_err().kind(), ErrorKind::Cancelled);
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
    on_thread(|| {
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
        Ok(())
    });
}

#[test]
fn a_dispatcher_may_go_inside_tokio_with_a_blocking_task_running() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    on_thread(move || {
        let d = new_dispatcher();
        let handle = d.get_io_handler()?;
        let task = handle.spawn_blocking(|| std::thread::sleep(Duration::from_millis(600)));
        let begun = Instant::now();
        rt.block_on(async move { drop(d) });
        assert!(begun.elapsed() < Duration::from_millis(500), "dropping waited for a blocking task");
        drop(task);
        Ok(())
    });
}

#[test]
fn many_threads_one_dispatcher_each() {
    let before = std::fs::read_dir("/proc/self/fd").unwrap().count();
    let threads: Vec<_> = (0..50)
        .map(|_| {
            std::thread::spawn(|| {
                let token = Rc::new(());
                let _peers = fill(&token).unwrap();
                poll_with(0).unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let after = std::fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(after < before + 40, "{before} descriptors before, {after} after 50 dispatchers");
}
