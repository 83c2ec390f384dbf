//! From other threads: `Remote` and `spawn_blocking`, with every kind of runtime underneath.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{Mode, World, run_in};

/// Runs `test` in each mode, on a thread of its own.
macro_rules! in_every_mode {
    ($test:ident) => {
        #[test]
        fn $test() {
            for mode in Mode::ALL {
                let test = move || run_in(*mode, |world| Box::pin(self::tests::$test(world)));
                let ended = thread::spawn(test).join();
                ended.unwrap_or_else(|_| panic!("panicked in mode {}", mode.name())).expect(mode.name());
            }
        }
    };
}

in_every_mode!(posts_of_many_threads_are_called_in_each_one_s_order);
in_every_mode!(a_waiting_loop_is_woken);
in_every_mode!(a_send_closure_makes_a_proc_that_is_not_send);
in_every_mode!(a_failure_of_what_was_spawned_leaves_through_poll);
in_every_mode!(closures_are_dropped_uncalled_at_the_dispatcher_s_end_and_refused_after);
#[cfg(target_os = "linux")] // which counts them
in_every_mode!(posting_to_a_loop_that_is_awake_makes_no_system_call);
in_every_mode!(a_blocking_call_is_a_future);
in_every_mode!(a_closed_dispatcher_fails_its_blocking_calls);

/// Tells when and where it is dropped.
struct Told(mpsc::Sender<thread::ThreadId>);

impl Drop for Told {
    fn drop(&mut self) {
        let _nobody_listens = self.0.send(thread::current().id());
    }
}

/// How many calls of the `write` family this thread has made: what waking a loop costs.
#[cfg(target_os = "linux")]
fn writes_of_this_thread() -> u64 {
    let io = std::fs::read_to_string("/proc/thread-self/io").expect("the kernel counts input and output by thread");
    let line = io.lines().find_map(|line| line.strip_prefix("syscw: ")).expect("syscw");
    line.parse().expect("a number")
}

mod tests {
    use super::*;

    pub async fn posts_of_many_threads_are_called_in_each_one_s_order(world: World) -> Result<()> {
        thread_local!(static CALLED: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) });
        CALLED.take();
        let running = new_async_event();
        running.add(|_| true)?;
        let threads: Vec<_> = (0..4)
            .map(|id| {
                let remote = get_global_dispatcher().remote();
                thread::spawn(move || {
                    for nth in 0..1000 {
                        remote.call_soon_threadsafe(move || CALLED.with_borrow_mut(|called| called.push((id, nth))))?;
                    }
                    Ok::<(), Error>(())
                })
            })
            .collect();
        world.poll_until(-1, || CALLED.with_borrow(Vec::len) == 4000).await?;
        threads.into_iter().try_for_each(|one| one.join().unwrap())?;
        for id in 0..4 {
            let of_one =
                CALLED.with_borrow(|all| all.iter().filter(|one| one.0 == id).map(|one| one.1).collect::<Vec<_>>());
            assert!(of_one.into_iter().eq(0..1000));
        }
        Ok(())
    }

    pub async fn a_waiting_loop_is_woken(world: World) -> Result<()> {
        let called = Arc::new(AtomicUsize::new(0));
        let never = new_async_event();
        never.add(|_| true)?;
        for nth in 1..=50 {
            let (remote, counter) = (get_global_dispatcher().remote(), called.clone());
            let other = thread::spawn(move || {
                // Now and then the loop waits already.
                thread::sleep(std::time::Duration::from_micros(200 * (nth % 5)));
                remote.call_soon_threadsafe(move || {
                    counter.fetch_add(1, SeqCst);
                })
            });
            world.poll_until(-1, || called.load(SeqCst) as u64 == nth).await?;
            other.join().unwrap()?;
        }
        never.unregister()
    }

    pub async fn a_send_closure_makes_a_proc_that_is_not_send(world: World) -> Result<()> {
        let (sender, receiver) = mpsc::channel();
        let remote = get_global_dispatcher().remote();
        let end = new_async_event();
        end.add(|_| true)?;
        let over = end.clone();
        thread::spawn(move || {
            remote.spawn(move || {
                let shared = Rc::new(Cell::new(0));
                async_proc(async move {
                    for _ in 0..3 {
                        sleep_async(1).await?;
                        shared.set(shared.get() + 1);
                    }
                    sender.send((shared.get(), thread::current().id())).expect("the test waits");
                    over.trigger();
                    Ok(())
                })
            })
        })
        .join()
        .unwrap()?;
        world.drain_with(-1).await?;
        assert_eq!(receiver.recv(), Ok((3, thread::current().id())));
        Ok(())
    }

    pub async fn a_failure_of_what_was_spawned_leaves_through_poll(world: World) -> Result<()> {
        let remote = get_global_dispatcher().remote();
        remote.spawn(|| async_proc(async { Err::<(), _>("boom".into()) }))?;
        assert_eq!(world.poll().await.unwrap_err().to_string(), "boom");
        remote.call_soon_threadsafe(|| panic!("bang"))?;
        let raised = asyncdispatch_compat_tests::caught(world.poll()).await.unwrap_err();
        assert_eq!(raised.to_string(), "bang");
        remote.call_soon_threadsafe(|| ())?;
        world.poll().await
    }

    pub async fn closures_are_dropped_uncalled_at_the_dispatcher_s_end_and_refused_after(_: World) -> Result<()> {
        let dispatcher = get_global_dispatcher();
        let remote = dispatcher.remote();
        let (sender, dropped) = mpsc::channel();
        let told = Told(sender.clone());
        let poster = thread::spawn(move || {
            remote.call_soon_threadsafe(move || {
                let _told = told;
                unreachable!()
            })?;
            Ok::<_, Error>(remote)
        });
        let remote = poster.join().unwrap()?;
        assert!(dropped.try_recv().is_err());
        dispatcher.close();
        assert_eq!(dropped.try_recv(), Ok(thread::current().id()));

        let told = Told(sender);
        let (late, other) = thread::spawn(move || {
            let late = remote.spawn(move || -> NimFuture<()> {
                let _told = told;
                unreachable!()
            });
            (late, thread::current().id())
        })
        .join()
        .unwrap();
        assert_eq!(late.unwrap_err().kind(), ErrorKind::DispatcherGone);
        assert_eq!(dropped.try_recv(), Ok(other));
        Ok(())
    }

    #[cfg(target_os = "linux")]
    pub async fn posting_to_a_loop_that_is_awake_makes_no_system_call(world: World) -> Result<()> {
        const POSTS: usize = 1000;
        let called = Arc::new(AtomicUsize::new(0));
        let (remote, counter) = (get_global_dispatcher().remote(), called.clone());
        let (awake, is_awake) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        let poster = thread::spawn(move || {
            is_awake.recv().expect("the loop runs");
            let before = writes_of_this_thread();
            for _ in 0..POSTS {
                let counter = counter.clone();
                remote.call_soon_threadsafe(move || {
                    counter.fetch_add(1, SeqCst);
                })?;
            }
            let written = writes_of_this_thread() - before;
            done.send(()).expect("the loop waits");
            Ok::<_, Error>(written)
        });
        call_soon(move || {
            awake.send(()).expect("the thread waits");
            is_done.recv().expect("the thread has posted");
        });
        world.poll_until(-1, || called.load(SeqCst) == POSTS).await?;
        assert_eq!(poster.join().unwrap()?, 0);
        Ok(())
    }

    pub async fn a_blocking_call_is_a_future(world: World) -> Result<()> {
        let here = thread::current().id();
        let elsewhere = spawn_blocking(move || Ok(thread::current().id() != here));
        assert!(!elsewhere.finished(), "it never finishes inside the call");
        assert!(world.wait_for(elsewhere).await?);

        let failed = world.wait_for(spawn_blocking(|| Ok(std::fs::read("/proc/self/no such file")?))).await;
        assert_eq!(failed.unwrap_err().raw_os_error(), Some(2));
        let panicked = world.wait_for(spawn_blocking::<()>(|| panic!("bang"))).await.unwrap_err();
        assert_eq!((panicked.kind(), panicked.to_string().contains("bang")), (ErrorKind::Panicked, true));

        let in_proc = async_proc(async { Ok(spawn_blocking(|| Ok(20)).await? + spawn_blocking(|| Ok(22)).await?) });
        assert_eq!(world.wait_for(in_proc).await?, 42);
        assert!(!has_pending_operations());
        Ok(())
    }

    pub async fn a_closed_dispatcher_fails_its_blocking_calls(_: World) -> Result<()> {
        let dispatcher = get_global_dispatcher();
        let (go, gone) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let (sender, dropped) = mpsc::channel();
        let call = spawn_blocking(move || {
            begin.send(()).expect("the test waits");
            gone.recv().expect("the dispatcher is closed first");
            Ok(Told(sender))
        });
        begun.recv().expect("it begins");
        dispatcher.close();
        assert_eq!(call.read_error()?.kind(), ErrorKind::Cancelled);
        go.send(()).expect("it still runs");
        assert!(dropped.recv().is_ok(), "its outcome is dropped");
        Ok(())
    }
}

#[test]
fn a_cancelled_call_does_not_begin() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build()?;
    let begun = Arc::new(AtomicBool::new(false));
    let called = begun.clone();
    runtime.block_on(run(async move {
        let (go, gone) = mpsc::channel::<()>();
        let first = spawn_blocking(move || Ok(gone.recv().is_ok()));
        let second = spawn_blocking(move || {
            called.store(true, SeqCst);
            Ok(())
        });
        second.cancel();
        assert_eq!(second.await.unwrap_err().kind(), ErrorKind::Cancelled);
        go.send(()).expect("the first call waits");
        assert!(first.await?);
        spawn_blocking(|| Ok(())).await
    }))?;
    assert!(!begun.load(SeqCst));
    Ok(())
}

#[test]
fn a_handle_outlives_the_dispatcher_s_thread() {
    let remote = thread::spawn(|| get_global_dispatcher().remote()).join().unwrap();
    assert_eq!(remote.call_soon_threadsafe(|| ()).unwrap_err().kind(), ErrorKind::DispatcherGone);
}
