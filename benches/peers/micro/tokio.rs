//! The same with raw tokio: `spawn_local` for a queued call, oneshot channels for futures, `Notify` for events.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Notify, oneshot};
use tokio::task::spawn_local;
use tokio::time::{Sleep, sleep, timeout};

use super::{Outcome, median, timed};

pub fn run(case: &str, n: usize) -> Outcome {
    match case {
        "soon-self" => timed(n, || block_on(soon_self(n))),
        "soon-queued" => timed(n, || block_on(soon_queued(n))),
        "await-finished" => timed(n, || block_on(await_finished(n))),
        "await-soon" => timed(n, || block_on(await_soon(n))),
        "proc-ready" => timed(n, || block_on(proc_ready(n))),
        "timers-fire" => timed(n, || block_on(timers_fire(n))),
        "timers-cancel" => timed(n, || block_on(timers_cancel(n))),
        "timeout-unfired" => timed(n, || block_on(timeout_unfired(n))),
        "sleep-zero" => timed(n, || block_on(sleep_zero(n))),
        "events" => timed(n, || block_on(events(n))),
        "lateness" => Ok(median(block_on(lateness(n))?)),
        other => Err(format!("no case is called {other}").into()),
    }
}

/// Runs `work` as a task, as servers do.
fn block_on<T: 'static>(work: impl Future<Output = T> + 'static) -> io::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    Ok(runtime.block_on(async { spawn_local(work).await })?)
}

fn again(left: usize, done: oneshot::Sender<()>) {
    spawn_local(async move {
        if left > 1 {
            again(left - 1, done);
        } else {
            done.send(()).ok();
        }
    });
}

async fn soon_self(n: usize) {
    let (sender, done) = oneshot::channel();
    again(n, sender);
    done.await.ok();
}

/// Counts to `n` and then lets who waits go on.
struct Countdown {
    left: Cell<usize>,
    over: Notify,
}

impl Countdown {
    fn new(n: usize) -> Rc<Countdown> {
        Rc::new(Countdown { left: Cell::new(n), over: Notify::new() })
    }

    fn one(&self) {
        self.left.set(self.left.get() - 1);
        if self.left.get() == 0 {
            self.over.notify_one();
        }
    }
}

async fn soon_queued(n: usize) {
    let count = Countdown::new(n);
    for _ in 0..n {
        let count = Rc::clone(&count);
        spawn_local(async move { count.one() });
    }
    count.over.notified().await;
}

async fn await_finished(n: usize) {
    for i in 0..n {
        let (sender, receiver) = oneshot::channel();
        sender.send(i).ok();
        assert_eq!(receiver.await, Ok(i));
    }
}

fn completed_soon(i: usize) -> oneshot::Receiver<usize> {
    let (sender, receiver) = oneshot::channel();
    spawn_local(async move { sender.send(i) });
    receiver
}

async fn await_soon(n: usize) {
    for i in 0..n {
        assert_eq!(completed_soon(i).await, Ok(i));
    }
}

async fn proc_ready(n: usize) {
    for i in 0..n {
        assert_eq!(spawn_local(async move { i }).await.ok(), Some(i));
    }
}

async fn timers_fire(n: usize) {
    let count = Countdown::new(n);
    for i in 0..n {
        let count = Rc::clone(&count);
        spawn_local(async move {
            sleep(Duration::from_millis(1 + (i % 100) as u64)).await;
            count.one();
        });
    }
    count.over.notified().await;
}

/// A sleep is set when it is polled for the first time, and taken off when it is dropped.
async fn timers_cancel(n: usize) {
    let mut timers: Vec<Pin<Box<Sleep>>> =
        (0..n).map(|i| Box::pin(sleep(Duration::from_millis(10_000 + (i % 100) as u64)))).collect();
    poll_fn(|cx| {
        timers.iter_mut().for_each(|timer| assert!(timer.as_mut().poll(cx).is_pending()));
        Poll::Ready(())
    })
    .await;
    drop(timers);
}

async fn timeout_unfired(n: usize) {
    for i in 0..n {
        assert_eq!(timeout(Duration::from_secs(10), completed_soon(i)).await, Ok(Ok(i)));
    }
}

async fn sleep_zero(n: usize) {
    for _ in 0..n {
        sleep(Duration::ZERO).await;
    }
}

/// Two tasks wake each other in turns; each counts as one round.
async fn events(n: usize) {
    let (here, there) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    let other = spawn_local({
        let (here, there) = (Rc::clone(&here), Rc::clone(&there));
        async move {
            for _ in 0..n / 2 {
                there.notified().await;
                here.notify_one();
            }
        }
    });
    for _ in 0..n / 2 {
        there.notify_one();
        here.notified().await;
    }
    other.await.ok();
}

async fn lateness(n: usize) -> Vec<Duration> {
    let mut late = Vec::new();
    for _ in 0..n {
        let begun = Instant::now();
        sleep(Duration::from_millis(5)).await;
        late.push(begun.elapsed() - Duration::from_millis(5));
    }
    late
}
