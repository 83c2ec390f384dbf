//! The cases with this crate.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use asyncdispatch::{
    AsyncEvent, NimFuture, Result, add_event, async_proc, call_soon, new_future, poll, sleep_async, wait_for,
    with_timeout,
};

use super::{Outcome, median, timed};

pub fn run(case: &str, n: usize) -> Outcome {
    match case {
        "soon-self" => timed(n, || soon_self(n)),
        "soon-queued" => timed(n, || soon_queued(n)),
        "await-finished" => timed(n, || wait_for(async_proc(await_finished(n)))),
        "await-soon" => timed(n, || wait_for(async_proc(await_soon(n)))),
        "proc-ready" => timed(n, || wait_for(async_proc(proc_ready(n)))),
        "timers-fire" => timed(n, || timers_fire(n)),
        "timers-cancel" => timed(n, || timers_cancel(n)),
        "timeout-unfired" => timed(n, || wait_for(async_proc(timeout_unfired(n)))),
        "sleep-zero" => timed(n, || wait_for(async_proc(sleep_zero(n)))),
        "events" => timed(n, || events(n)),
        "lateness" => Ok(median(wait_for(async_proc(lateness(n)))?)),
        other => Err(format!("no case is called {other}").into()),
    }
}

/// Turns the loop until a count has reached `n`.
fn poll_until(done: &Cell<usize>, n: usize) -> Result<()> {
    while done.get() < n {
        poll()?;
    }
    Ok(())
}

fn again(done: Rc<Cell<usize>>, n: usize) {
    done.set(done.get() + 1);
    if done.get() < n {
        call_soon(move || again(done, n));
    }
}

fn soon_self(n: usize) -> Result<()> {
    let done = Rc::new(Cell::new(0));
    call_soon({
        let done = Rc::clone(&done);
        move || again(done, n)
    });
    poll_until(&done, n)
}

fn soon_queued(n: usize) -> Result<()> {
    let done = Rc::new(Cell::new(0));
    for _ in 0..n {
        let done = Rc::clone(&done);
        call_soon(move || done.set(done.get() + 1));
    }
    poll_until(&done, n)
}

async fn await_finished(n: usize) -> Result<()> {
    for i in 0..n {
        let future = new_future("bench");
        future.complete(i);
        assert_eq!(future.await?, i);
    }
    Ok(())
}

fn completed_soon(i: usize) -> NimFuture<usize> {
    let future = new_future("bench");
    call_soon({
        let future = future.clone();
        move || future.complete(i)
    });
    future
}

async fn await_soon(n: usize) -> Result<()> {
    for i in 0..n {
        assert_eq!(completed_soon(i).await?, i);
    }
    Ok(())
}

async fn proc_ready(n: usize) -> Result<()> {
    for i in 0..n {
        assert_eq!(async_proc(async move { Ok(i) }).await?, i);
    }
    Ok(())
}

fn timers_fire(n: usize) -> Result<()> {
    let done = Rc::new(Cell::new(0));
    for i in 0..n {
        let done = Rc::clone(&done);
        sleep_async(1 + (i % 100) as i32).add_callback(move |_| done.set(done.get() + 1));
    }
    poll_until(&done, n)
}

fn timers_cancel(n: usize) -> Result<()> {
    let timers: Vec<_> = (0..n).map(|i| sleep_async(10_000 + (i % 100) as i32)).collect();
    timers.iter().for_each(|timer| assert!(timer.cancel()));
    Ok(())
}

async fn timeout_unfired(n: usize) -> Result<()> {
    for i in 0..n {
        assert!(with_timeout(&completed_soon(i), 10_000).await?);
    }
    Ok(())
}

async fn sleep_zero(n: usize) -> Result<()> {
    for _ in 0..n {
        sleep_async(0).await?;
    }
    Ok(())
}

fn events(n: usize) -> Result<()> {
    let (event, done) = (AsyncEvent::new(), Rc::new(Cell::new(0)));
    add_event(&event, {
        let (event, done) = (event.clone(), Rc::clone(&done));
        move |_| {
            done.set(done.get() + 1);
            if done.get() < n {
                event.trigger();
            }
            false
        }
    })?;
    event.trigger();
    poll_until(&done, n)
}

async fn lateness(n: usize) -> Result<Vec<Duration>> {
    let mut late = Vec::new();
    for _ in 0..n {
        let begun = Instant::now();
        sleep_async(5).await?;
        late.push(begun.elapsed() - Duration::from_millis(5));
    }
    Ok(late)
}
