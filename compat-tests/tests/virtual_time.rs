//! tokio's paused clock is the clock of all timers, in every mode with a current-thread runtime: an hour of them is over
//! at once. It jumps to the next deadline only when nothing is ready: neither a callback nor a task, nor anything that
//! the kernel holds; and it stands while a `spawn_blocking` call runs.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{Mode, World, allow_descriptors, run_in, stream_pair};
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3600);

/// The recipe: the clock is that of the runtime that does the dispatcher's input and output.
fn pause() -> Result<()> {
    let handle = get_global_dispatcher().get_io_handler()?;
    let _entered = handle.enter();
    tokio::time::pause();
    Ok(())
}

fn now() -> Instant {
    let handle = get_global_dispatcher().get_io_handler().expect("there is a runtime");
    let _entered = handle.enter();
    Instant::now()
}

/// tokio's timer wheel rounds a jump up to its millisecond.
fn assert_passed(since: Instant, expected: Duration) {
    let passed = now() - since;
    assert!(passed >= expected && passed <= expected + Duration::from_millis(2), "{passed:?}, not {expected:?}");
}

/// Runs `test` with a paused clock in each mode that can have one, on a thread of its own.
macro_rules! with_a_paused_clock {
    ($test:ident) => {
        #[test]
        fn $test() {
            allow_descriptors(2000);
            for mode in Mode::ALL.iter().filter(|mode| **mode != Mode::MultiThread) {
                let paused = |world| async {
                    pause()?;
                    self::tests::$test(world).await
                };
                let ended = thread::spawn(move || run_in(*mode, |world| Box::pin(paused(world)))).join();
                ended.unwrap_or_else(|_| panic!("panicked in mode {}", mode.name())).expect(mode.name());
            }
        }
    };
}

with_a_paused_clock!(an_hour_of_timers_is_over_at_once_and_in_order);
with_a_paused_clock!(with_timeout_follows_the_clock);
with_a_paused_clock!(poll_and_drain_end_by_the_clock);
with_a_paused_clock!(an_exchange_in_the_loop_takes_no_time);
with_a_paused_clock!(a_thousand_ready_descriptors_come_before_the_next_deadline);
with_a_paused_clock!(the_clock_stands_while_a_blocking_call_runs);
with_a_paused_clock!(advancing_by_hand_makes_timers_due_in_order);

mod tests {
    use super::*;

    pub async fn an_hour_of_timers_is_over_at_once_and_in_order(world: World) -> Result<()> {
        let begun = now();
        let log = Rc::new(RefCell::new(Vec::new()));
        let ticks = log.clone();
        add_timer(600_000, false, move |_| {
            ticks.borrow_mut().push("tick");
            ticks.borrow().iter().filter(|line| **line == "tick").count() == 6
        })?;
        let sleeps = log.clone();
        let sleeper = async_proc(async move {
            for _ in 0..2 {
                sleep_async(HOUR / 2 - Duration::from_secs(60)).await?;
                sleeps.borrow_mut().push("slept");
            }
            for _ in 0..110 {
                sleep_async(1000).await?;
            }
            Ok(())
        });
        world.drain_with(-1).await?;
        sleeper.read()?;
        assert_eq!(log.take(), ["tick", "tick", "slept", "tick", "tick", "tick", "slept", "tick"]);
        assert_passed(begun, HOUR);
        Ok(())
    }

    pub async fn with_timeout_follows_the_clock(world: World) -> Result<()> {
        let begun = now();
        let (silent, _peer) = stream_pair()?;
        let silent = register(silent)?;
        let received = silent.recv(1);
        assert!(!world.wait_for(with_timeout(&received, HOUR)).await?);
        assert_passed(begun, HOUR);
        assert!(world.wait_for(with_timeout(&sleep_async(HOUR), HOUR * 2)).await?);
        assert_passed(begun, HOUR * 2);
        received.cancel();
        Ok(())
    }

    pub async fn poll_and_drain_end_by_the_clock(world: World) -> Result<()> {
        let begun = now();
        let (silent, _peer) = stream_pair()?;
        let silent = register(silent)?;
        silent.add_read(|_| true)?;
        world.poll_with(HOUR).await?;
        assert_passed(begun, HOUR);
        world.poll().await?;
        assert_passed(begun, HOUR + Duration::from_millis(500));

        let begun = now();
        let ticks = Rc::new(Cell::new(0));
        let counter = ticks.clone();
        let timer = add_timer(1_000_000, false, move |_| {
            counter.set(counter.get() + 1);
            false
        })?;
        world.drain_with(HOUR).await?;
        assert_passed(begun, HOUR);
        assert_eq!(ticks.get(), 3);
        drop((timer.unregister()?, silent.unregister()?));
        Ok(())
    }

    pub async fn an_exchange_in_the_loop_takes_no_time(world: World) -> Result<()> {
        let begun = now();
        let (a, b) = asyncdispatch_compat_tests::socket_pair()?;
        let exchange = async_proc(async move {
            let echo = async_proc(async move {
                for _ in 0..100 {
                    b.send(b.recv(10).await?).await?;
                }
                Ok(())
            });
            for _ in 0..100 {
                a.send("ping").await?;
                assert_eq!(a.recv(10).await?, b"ping");
            }
            echo.await
        });
        assert!(world.wait_for(with_timeout(&exchange, 1)).await?);
        assert_passed(begun, Duration::ZERO);
        Ok(())
    }

    /// More than one look at the selector and more than one turn of tokio's loop can bring.
    pub async fn a_thousand_ready_descriptors_come_before_the_next_deadline(world: World) -> Result<()> {
        let begun = now();
        let mut peers = Vec::new();
        let mut received = Vec::new();
        for _ in 0..1000 {
            let (ours, mut peer) = stream_pair()?;
            peer.write_all(b"x")?;
            peers.push(peer);
            received.push(with_timeout(&register(ours)?.recv(1), 1));
        }
        let in_time = world.wait_for(all(received)).await?;
        assert_eq!(in_time, vec![true; 1000]);
        assert_passed(begun, Duration::ZERO);
        Ok(())
    }

    /// So a peer on another thread is waited for: as long as it runs, or as long as somebody waits for it there.
    pub async fn the_clock_stands_while_a_blocking_call_runs(world: World) -> Result<()> {
        let begun = now();
        let (ours, mut peer) = stream_pair()?;
        let ours = register(ours)?;
        let peer = spawn_blocking(move || {
            let mut word = [0; 4];
            peer.read_exact(&mut word)?;
            thread::sleep(Duration::from_millis(20));
            peer.write_all(b"pong")?;
            Ok(word)
        });
        let answer = async_proc(async move {
            ours.send("ping").await?;
            ours.recv(10).await
        });
        assert!(world.wait_for(with_timeout(&answer, 1)).await?);
        assert_eq!(answer.read()?, b"pong");
        assert_eq!(&world.wait_for(peer).await?, b"ping");
        assert_passed(begun, Duration::ZERO);
        world.wait_for(sleep_async(HOUR)).await?;
        assert_passed(begun, HOUR);
        Ok(())
    }

    pub async fn advancing_by_hand_makes_timers_due_in_order(world: World) -> Result<()> {
        let begun = now();
        let log = Rc::new(RefCell::new(Vec::new()));
        for ms in [3000, 1000, 2000, 10_000] {
            let log = log.clone();
            sleep_async(ms).add_callback(move |_| log.borrow_mut().push(ms));
        }
        let advanced = async_proc(async {
            tokio::time::advance(Duration::from_secs(5)).await;
            Ok(())
        });
        world.wait_for(advanced).await?;
        world.poll_with(0).await?;
        assert_eq!(*log.borrow(), [1000, 2000, 3000]);
        assert_eq!(now() - begun, Duration::from_secs(5));
        world.drain_with(-1).await?;
        assert_passed(begun, Duration::from_secs(10));
        Ok(())
    }
}

/// A guest in a test of its user's.
#[tokio::test(start_paused = true)]
async fn a_tokio_test_that_starts_paused() -> Result<()> {
    run(async {
        let begun = Instant::now();
        let (ours, theirs) = tokio::join!(sleep_async(HOUR), tokio::time::sleep(HOUR));
        assert_eq!((ours?, theirs), ((), ()));
        assert_passed(begun, HOUR);
        Ok(())
    })
    .await
}

/// Callbacks run with the runtime entered, so they may pause the clock too.
#[test]
fn paused_in_a_callback() {
    let test = || {
        call_soon(tokio::time::pause);
        poll()?;
        let begun = now();
        wait_for(sleep_async(HOUR))?;
        assert_passed(begun, HOUR);
        Ok::<(), Error>(())
    };
    thread::spawn(test).join().expect("the test panicked").expect("the test failed");
}
