//! Nobody starves: not tokio's tasks in a flood of callbacks, not callbacks in a flood of tasks; and no bound on what
//! one turn does loses a wake-up. Latencies are counted in turns, never in time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{Mode, Stream, World, allow_descriptors, run_in, stream_pair};
use tokio::runtime::Handle;

/// The turns that may pass, at most, before tokio runs: the crate promises 32, or 256 callbacks.
const TURNS_WITHOUT_TOKIO: usize = 32;

/// More than the 64 of one look, and more than tokio's own bounds; wine is slow.
const DESCRIPTORS: usize = if cfg!(windows) { 150 } else { 1000 };

/// Runs `test` in each mode, on a thread of its own.
macro_rules! in_every_mode {
    ($test:ident) => {
        #[test]
        fn $test() {
            allow_descriptors(10 * DESCRIPTORS as u64);
            for mode in Mode::ALL {
                let test = move || run_in(*mode, |world| Box::pin(self::tests::$test(world)));
                let ended = thread::spawn(test).join();
                ended.unwrap_or_else(|_| panic!("panicked in mode {}", mode.name())).expect(mode.name());
            }
        }
    };
}

in_every_mode!(a_flood_of_callbacks_lets_tasks_run);
in_every_mode!(one_callback_a_turn_lets_tasks_run);
in_every_mode!(a_flood_of_tasks_lets_callbacks_run);
in_every_mode!(a_flood_of_callbacks_lets_descriptors_and_timers_in);
in_every_mode!(a_thousand_ready_descriptors_take_their_turns);
in_every_mode!(a_thousand_ready_descriptors_let_tasks_and_callbacks_run);
in_every_mode!(bursts_of_lazy_operations_neither_stall_nor_are_lost);
in_every_mode!(a_proc_with_endless_input_lets_others_run);
in_every_mode!(bursts_of_a_tokio_channel_neither_stall_nor_are_lost);
in_every_mode!(bursts_of_events_from_another_thread_are_all_heard);

/// The runtime underneath: the dispatcher's own, or the caller's.
fn handle() -> Handle {
    get_global_dispatcher().get_io_handler().expect("there is a runtime")
}

/// Queues itself again and again, `width` times, until `over`.
fn flood(width: usize, over: &Rc<Cell<bool>>) {
    fn again(over: Rc<Cell<bool>>) {
        if !over.get() {
            call_soon(move || again(over));
        }
    }
    (0..width).for_each(|_| again(over.clone()));
}

/// Tasks that never wait, until `over`. The number counts their steps.
fn flood_of_tasks(width: usize, over: &Arc<AtomicBool>) -> Arc<AtomicUsize> {
    let steps = Arc::new(AtomicUsize::new(0));
    for _ in 0..width {
        let (over, steps) = (over.clone(), steps.clone());
        handle().spawn(async move {
            while !over.load(SeqCst) {
                steps.fetch_add(1, SeqCst);
                tokio::task::yield_now().await;
            }
        });
    }
    steps
}

/// Connected sockets, of which ours are registered and readable.
fn ready_descriptors() -> Result<Vec<(AsyncFD, Stream)>> {
    let pair = |_| {
        let (ours, mut peer) = stream_pair()?;
        peer.write_all(b"x")?;
        Ok((register(ours)?, peer))
    };
    (0..DESCRIPTORS).map(pair).collect()
}

mod tests {
    use super::*;

    /// On worker threads tasks run beside the loop, and the turns that go by meanwhile mean nothing: what holds there is
    /// that they do run.
    fn turns_allowed() -> usize {
        match handle().runtime_flavor() {
            tokio::runtime::RuntimeFlavor::MultiThread => usize::MAX,
            _ => TURNS_WITHOUT_TOKIO + 1,
        }
    }

    /// Counts the turns between the steps of a task, and answers the most.
    async fn most_turns_between_steps(world: &World) -> Result<usize> {
        let steps = Arc::new(AtomicUsize::new(0));
        let counter = steps.clone();
        handle().spawn(async move {
            for _ in 0..20 {
                counter.fetch_add(1, SeqCst);
                tokio::task::yield_now().await;
            }
        });
        let (mut seen, mut turns, mut most) = (0, 0, 0);
        while seen < 20 {
            world.poll_with(0).await?;
            turns += 1;
            if steps.load(SeqCst) > seen {
                seen = steps.load(SeqCst);
                most = most.max(turns);
                turns = 0;
            }
        }
        Ok(most)
    }

    pub async fn a_flood_of_callbacks_lets_tasks_run(world: World) -> Result<()> {
        let over = Rc::new(Cell::new(false));
        flood(1000, &over);
        let most = most_turns_between_steps(&world).await?;
        assert!(most <= turns_allowed(), "{most} turns");
        over.set(true);
        world.drain_with(-1).await
    }

    pub async fn one_callback_a_turn_lets_tasks_run(world: World) -> Result<()> {
        // Work is always ready, but little of it.
        let over = Rc::new(Cell::new(false));
        let (ours, mut peer) = stream_pair()?;
        peer.write_all(b"x")?;
        let ours = register(ours)?;
        let done = over.clone();
        ours.add_read(move |_| done.get())?;
        let most = most_turns_between_steps(&world).await?;
        assert!(most <= turns_allowed(), "{most} turns");
        over.set(true);
        world.drain_with(-1).await
    }

    pub async fn a_flood_of_tasks_lets_callbacks_run(world: World) -> Result<()> {
        let over = Arc::new(AtomicBool::new(false));
        let steps = flood_of_tasks(1000, &over);
        let called = Rc::new(Cell::new(0));
        for turn in 1..=200 {
            let before = steps.load(SeqCst);
            let counter = called.clone();
            call_soon(move || counter.set(counter.get() + 1));
            sleep_async(0).add_callback({
                let counter = called.clone();
                move |_| counter.set(counter.get() + 1)
            });
            world.poll_with(0).await?;
            assert_eq!(called.get(), 2 * turn);
            if turns_allowed() < usize::MAX {
                let taken = steps.load(SeqCst) - before;
                assert!(taken <= 1000, "{taken} steps of a thousand tasks within one turn");
            }
        }
        assert!(
            steps.load(SeqCst) > 0 || turns_allowed() == usize::MAX,
            "nor do callbacks keep the tasks from running"
        );
        over.store(true, SeqCst);
        Ok(())
    }

    pub async fn a_flood_of_callbacks_lets_descriptors_and_timers_in(world: World) -> Result<()> {
        let over = Rc::new(Cell::new(false));
        flood(1000, &over);
        let (ours, mut peer) = stream_pair()?;
        let ours = register(ours)?;
        for _ in 0..10 {
            let received = ours.recv(1);
            peer.write_all(b"x")?;
            let slept = sleep_async(0);
            world.poll_with(0).await?;
            world.poll_with(0).await?;
            assert!(received.finished() && slept.finished(), "two turns were not enough");
        }
        over.set(true);
        world.drain_with(-1).await
    }

    pub async fn a_thousand_ready_descriptors_take_their_turns(world: World) -> Result<()> {
        let all = ready_descriptors()?;
        let received: Vec<_> = all.iter().map(|(fd, _)| fd.recv(1)).collect();
        let finished = || received.iter().filter(|one| one.finished()).count();
        for turn in 1..=DESCRIPTORS.div_ceil(64) {
            world.poll_with(0).await?;
            assert_eq!(finished(), DESCRIPTORS.min(64 * turn), "64 a turn, none lost");
        }
        assert!(!has_pending_operations());
        Ok(())
    }

    pub async fn a_thousand_ready_descriptors_let_tasks_and_callbacks_run(world: World) -> Result<()> {
        let all = ready_descriptors()?;
        let over = Rc::new(Cell::new(false));
        let calls = Rc::new(RefCell::new(vec![0; DESCRIPTORS]));
        for (index, (fd, _)) in all.iter().enumerate() {
            let (over, calls) = (over.clone(), calls.clone());
            fd.add_read(move |_| {
                calls.borrow_mut()[index] += 1;
                over.get()
            })?;
        }
        let most = most_turns_between_steps(&world).await?;
        assert!(most <= turns_allowed(), "{most} turns");
        for _ in 0..10 {
            let called = Rc::new(Cell::new(false));
            let flag = called.clone();
            call_soon(move || flag.set(true));
            world.poll_with(0).await?;
            assert!(called.get());
        }
        calls.borrow_mut().fill(0);
        for _ in 0..DESCRIPTORS.div_ceil(64) {
            world.poll_with(0).await?;
        }
        assert!(calls.borrow().iter().all(|calls| [1, 2].contains(calls)), "each is served in sixteen turns");
        over.set(true);
        world.drain_with(-1).await?;
        assert_eq!(active_descriptors(), 0);
        Ok(())
    }

    /// One byte at a time, much more of them at once than a proc (128) or a tokio task (128) may take in one go.
    pub async fn bursts_of_lazy_operations_neither_stall_nor_are_lost(world: World) -> Result<()> {
        const BURSTS: usize = 20;
        for size in [127, 128, 129, 1000] {
            let (a, b) = asyncdispatch_compat_tests::socket_pair()?;
            let reader = async_proc(async move {
                sleep_async(0).await?; // a guest has to be driven
                let mut byte = [0];
                for nth in 0..BURSTS * size {
                    assert_eq!(b.read(&mut byte).await?, 1);
                    assert_eq!(byte[0], (nth % 251) as u8);
                }
                Ok(())
            });
            let writer = async_proc(async move {
                sleep_async(0).await?;
                for burst in 0..BURSTS {
                    for nth in burst * size..(burst + 1) * size {
                        assert_eq!(a.write(&[(nth % 251) as u8]).await?, 1);
                    }
                    sleep_async(0).await?;
                }
                Ok(())
            });
            world.wait_for(all(vec![reader, writer])).await?;
        }
        Ok(())
    }

    pub async fn a_proc_with_endless_input_lets_others_run(world: World) -> Result<()> {
        let (a, b) = asyncdispatch_compat_tests::socket_pair()?;
        let over = Rc::new(Cell::new(false));
        let echo = async_proc(async move {
            sleep_async(0).await?; // a guest has to be driven
            let mut byte = [0];
            while b.read(&mut byte).await? > 0 {
                b.write(&byte).await?;
            }
            Ok(())
        });
        let done = over.clone();
        let pinger = async_proc(async move {
            sleep_async(0).await?;
            let mut byte = [0];
            while !done.get() {
                a.write(b"x").await?;
                a.read(&mut byte).await?;
            }
            a.close_socket()
        });
        let most = most_turns_between_steps(&world).await?;
        assert!(most <= turns_allowed(), "{most} turns");
        over.set(true);
        world.wait_for(all(vec![echo, pinger])).await.map(drop)
    }

    /// tokio's own budget is spent by its channels: procs and what is bound must not be stopped by it for good.
    pub async fn bursts_of_a_tokio_channel_neither_stall_nor_are_lost(world: World) -> Result<()> {
        const BURSTS: usize = 10;
        for size in [127, 128, 129, 1000] {
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            let resumed = Rc::new(Cell::new(0));
            let counter = resumed.clone();
            let reader = async_proc(async move {
                let mut polled = std::pin::pin!(async {
                    for nth in 0..BURSTS * size {
                        assert_eq!(receiver.recv().await, Some(nth));
                    }
                });
                poll_fn(|cx| {
                    counter.set(counter.get() + 1);
                    polled.as_mut().poll(cx)
                })
                .await;
                Ok(())
            });
            for burst in 0..BURSTS {
                (burst * size..(burst + 1) * size).for_each(|nth| sender.send(nth).expect("it reads"));
                world.poll_with(0).await?;
            }
            world.wait_for(reader).await?;
            let most = BURSTS * (size / 128 + 2) + 2;
            assert!(resumed.get() <= most, "resumed {} times for {BURSTS} bursts of {size}", resumed.get());
        }
        Ok(())
    }

    pub async fn bursts_of_events_from_another_thread_are_all_heard(world: World) -> Result<()> {
        let events: Vec<_> = (0..128).map(|_| new_async_event()).collect();
        let heard = Rc::new(Cell::new(0));
        for event in &events {
            let heard = heard.clone();
            event.add(move |_| {
                heard.set(heard.get() + 1);
                false
            })?;
        }
        for burst in 1..=20 {
            let events = events.clone();
            let other = thread::spawn(move || events.iter().for_each(AsyncEvent::trigger));
            world.poll_until(-1, || heard.get() == 128 * burst).await?;
            other.join().unwrap();
        }
        Ok(())
    }
}

/// The future that is driven spends tokio's budget too; more than it in one go must come out at the other end, and let
/// the loop turn meanwhile.
async fn a_burst_into_what_is_driven(_: World) -> Result<()> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    (0..10_000).for_each(|nth| sender.send(nth).expect("it reads"));
    let called = Rc::new(Cell::new(false));
    let flag = called.clone();
    run_until(async move {
        call_soon(move || flag.set(true));
        for nth in 0..10_000 {
            assert_eq!(receiver.recv().await, Some(nth));
        }
        assert!(called.get(), "the loop has not turned once");
    })
    .await
}

#[test]
fn a_burst_into_what_is_driven_neither_stalls_nor_holds_the_loop_up() {
    for mode in Mode::ALL.iter().filter(|mode| **mode != Mode::Owning) {
        run_in(*mode, |world| Box::pin(a_burst_into_what_is_driven(world))).expect("the test failed");
    }
}
