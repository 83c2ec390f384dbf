//! The phases of one poll, and how long it waits.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

pub const TWINS: &[Twin] = &[
    twin!(poll_nothing_pending, "S2.2, S1.33", owning = "a guest never says that nothing is pending"),
    twin!(poll_timers_before_queue, "S2.3, S2.7, S2.8"),
    twin!(poll_phases, "S2.3, S2.6, S2.7, S2.8, S2.9"),
    twin!(poll_timer_due_before_is_seen, "S2.3, S2.9"),
    twin!(poll_wait_ends_with_work, "S2.4"),
    twin!(poll_ends_with_its_time, "S2.4, S2.9"),
    twin!(poll_negative_timeout, "S2.4"),
    twin!(poll_zero_never_waits, "S2.10"),
    twin!(poll_without_limit, "S2.11"),
    twin!(poll_order_of_readiness, "S2.5", only_unix = "there the order is that in which they were first waited on"),
    twin!(
        poll_order_kept,
        "S2.5",
        owning = "in a multi-thread runtime other threads ask the kernel too",
        only_unix = "there the order is that in which they were first waited on"
    ),
    twin!(
        poll_ready_again_later,
        "S2.5, S3.1",
        only_unix = "there the order is that in which they were first waited on"
    ),
    twin!(poll_64_at_a_time, "S2.5"),
    twin!(poll_queue_until_empty, "S2.8"),
    twin!(poll_due_timer_with_awaiter, "S2.12, S2.3"),
    twin!(poll_waits_milliseconds, "S2.1"),
    twin!(poll_custom_then_queue, "S2.6, S2.8"),
];

const MS: Duration = Duration::from_millis(1);

async fn poll_nothing_pending(w: World) -> Result<()> {
    async fn attempt(w: &World, timeout: i32) {
        let start = Instant::now();
        match w.poll_with(timeout).await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("raised: {e}"),
        }
        echo!("at once: {}", start.elapsed() < 2000 * MS);
    }
    let f = new_future::<()>("f");
    for timeout in [5000, 0, -1, 1] {
        attempt(&w, timeout).await;
    }
    if let Err(e) = w.wait_for(f).await {
        echo!("waitFor raised: {e}");
    }
    call_soon(|| echo!("called"));
    attempt(&w, 5000).await;
    attempt(&w, 5000).await;
    Ok(())
}

async fn poll_timers_before_queue(w: World) -> Result<()> {
    let f = sleep_async(0);
    f.add_callback(|_| echo!("timer callback"));
    let g = f.clone();
    call_soon(move || echo!("queued before poll, timer finished: {}", g.finished()));
    echo!("before poll: {}", f.finished());
    w.poll().await?;
    echo!("after poll: {}", f.finished());
    Ok(())
}

async fn poll_phases(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let due = sleep_async(0);
    let soon = sleep_async(300);
    due.add_callback(|_| echo!("callback of the due timer"));
    soon.add_callback(|_| echo!("callback of the one due meanwhile"));
    let (d, s) = (due.clone(), soon.clone());
    add_read(r, move |_| {
        echo!("descriptor: {} {}", d.finished(), s.finished());
        let s = s.clone();
        call_soon(move || echo!("queued by the descriptor: {}", s.finished()));
        block(400);
        true
    })?;
    call_soon(move || echo!("queued before: {} {}", due.finished(), soon.finished()));
    put(&writer, "x")?;
    w.poll().await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn poll_timer_due_before_is_seen(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let timer = |ms: i32| {
        let f = sleep_async(ms);
        f.add_callback(move |_| echo!("timer {ms}"));
        f
    };
    let timers = [timer(300), timer(100), timer(200)];
    add_read(r, move |_| {
        timers.iter().for_each(|f| echo!("finished {}", f.finished()));
        true
    })?;
    put(&writer, "x")?;
    block(400);
    w.poll().await
}

async fn poll_wait_ends_with_work(w: World) -> Result<()> {
    call_soon(|| echo!("called"));
    let start = Instant::now();
    w.poll_with(5000).await?;
    echo!("queue: at once {}", start.elapsed() < 2000 * MS);
    let f = sleep_async(30);
    let g = sleep_async(10_000);
    let start = Instant::now();
    w.poll_with(5000).await?;
    let time = start.elapsed();
    echo!("timer: waited for it {}, and no longer {}", time >= 29 * MS, time < 2000 * MS);
    echo!("{} {}", f.finished(), g.finished());
    Ok(())
}

async fn poll_ends_with_its_time(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("read");
        true
    })?;
    let start = Instant::now();
    w.poll_with(40).await?;
    let time = start.elapsed();
    echo!("waited {}, not for ever {}", time >= 39 * MS, time < 2000 * MS);
    echo!("pending {}", has_pending_operations());
    put(&writer, "x")?;
    w.poll_with(10_000).await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn poll_negative_timeout(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("read");
        true
    })?;
    for timeout in [-2, -1000] {
        match w.poll_with(timeout).await {
            Ok(()) => echo!("polled"),
            Err(e) => {
                let tail = format!("Cannot select with a negative value, got: {timeout}");
                echo!("refused: {}", e.to_string().ends_with(&tail));
            }
        }
    }
    echo!("counted {}", active_descriptors());
    put(&writer, "x")?;
    w.poll_with(-1).await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn poll_zero_never_waits(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let later = sleep_async(10_000);
    add_read(r, |_| {
        echo!("read");
        true
    })?;
    let start = Instant::now();
    w.poll_with(0).await?;
    echo!("nothing was due");
    put(&writer, "x")?;
    call_soon(|| echo!("queue"));
    w.poll_with(0).await?;
    let due = sleep_async(0);
    w.poll_with(0).await?;
    echo!("due {}, later {}", due.finished(), later.finished());
    echo!("no wait {}", start.elapsed() < 2000 * MS);
    Ok(())
}

async fn poll_without_limit(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("read");
        true
    })?;
    let later = thread::spawn(move || {
        block(700);
        put(&writer, "x")
    });
    let start = Instant::now();
    w.poll_with(-1).await?;
    echo!("waited {}, pending {}", start.elapsed() > 600 * MS, has_pending_operations());
    later.join().expect("the writer panicked")
}

/// Five pipes with readers that say so, and their writing ends.
fn five_pipes() -> Result<Vec<OwnedFd>> {
    let watch = |i| {
        let (r, writer) = new_pipe()?;
        add_read(r, move |fd| {
            echo!("pipe {i}");
            read_some(fd, 1)?;
            Ok(false)
        })?;
        Ok(writer)
    };
    (0..5).map(watch).collect()
}

async fn poll_order_of_readiness(w: World) -> Result<()> {
    let writers = five_pipes()?;
    for order in [vec![3, 0, 4, 1, 2], vec![2, 1, 0]] {
        for i in order {
            put(&writers[i], "x")?;
        }
        w.poll().await?;
        w.poll_with(0).await?;
        echo!("polled");
    }
    Ok(())
}

async fn poll_order_kept(w: World) -> Result<()> {
    let writers = five_pipes()?;
    for order in [vec![3, 0, 4, 1, 2], vec![2, 1, 0]] {
        for i in order {
            put(&writers[i], "x")?;
        }
        w.poll().await?;
        echo!("polled");
    }
    Ok(())
}

async fn poll_ready_again_later(w: World) -> Result<()> {
    fn watch(name: &'static str, r: AsyncFD) -> Result<()> {
        let mut calls = 0;
        add_read(r, move |_| {
            calls += 1;
            echo!("{name} {calls}");
            calls == 3
        })
    }
    let (a, to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    watch("a", a)?;
    watch("b", b)?;
    put(&to_b, "x")?;
    put(&to_a, "x")?;
    while has_pending_operations() {
        w.poll().await?;
        echo!("polled");
    }
    Ok(())
}

async fn poll_64_at_a_time(w: World) -> Result<()> {
    let served = Rc::new(RefCell::new(Vec::new()));
    let mut writers = Vec::new();
    let mut watch = |number: i32| -> Result<()> {
        let (r, writer) = new_pipe()?;
        writers.push(writer);
        let served = served.clone();
        add_read(r, move |_| {
            served.borrow_mut().push(number);
            true
        })
    };
    for i in 0..150 {
        watch(i)?;
    }
    for writer in &writers {
        put(writer, "x")?;
    }
    let mut before = 0;
    while has_pending_operations() {
        w.poll().await?;
        echo!("served {}, counted {}", served.borrow().len() - before, active_descriptors());
        before = served.borrow().len();
    }
    echo!("in order {}", served.borrow().is_sorted());
    Ok(())
}

async fn poll_queue_until_empty(w: World) -> Result<()> {
    fn again(calls: Rc<Cell<i32>>) {
        calls.set(calls.get() + 1);
        if calls.get() < 5000 {
            call_soon(move || again(calls));
        }
    }
    let calls = Rc::new(Cell::new(0));
    let c = calls.clone();
    call_soon(move || again(c));
    let c = calls.clone();
    call_soon(move || echo!("second entry, calls {}", c.get()));
    w.poll().await?;
    echo!("polled, calls {} pending {}", calls.get(), has_pending_operations());
    Ok(())
}

async fn poll_due_timer_with_awaiter(w: World) -> Result<()> {
    fn work() -> NimFuture<()> {
        async_proc(async {
            for i in 1..=3 {
                sleep_async(0).await?;
                echo!("slept {i}");
            }
            echo!("end");
            Ok(())
        })
    }
    let start = Instant::now();
    let f = work();
    echo!("finished {}", f.finished());
    for _ in 1..=3 {
        w.poll_with(5000).await?;
        echo!("polled, finished {}", f.finished());
    }
    echo!("no wait {}", start.elapsed() < 2000 * MS);
    Ok(())
}

async fn poll_waits_milliseconds(w: World) -> Result<()> {
    let (idle, _writer) = new_pipe()?;
    add_read(idle, |_| true)?;
    for ms in [20, 200] {
        let start = Instant::now();
        w.poll_with(ms).await?;
        let passed = start.elapsed();
        echo!(
            "{ms}: not earlier {}, not a thousand times later {}",
            passed >= Duration::from_millis(ms),
            passed < Duration::from_secs(ms)
        );
    }
    let () = w.poll_with(1).await?;
    echo!("result void");
    Ok(())
}

async fn poll_custom_then_queue(w: World) -> Result<()> {
    let ev = new_async_event();
    add_timer(1, true, |_| {
        echo!("timer");
        call_soon(|| echo!("queued by the timer"));
        true
    })?;
    block(20);
    add_event(&ev, |_| {
        echo!("event");
        call_soon(|| echo!("queued by the event"));
        true
    })?;
    ev.trigger();
    call_soon(|| echo!("queued before"));
    w.poll().await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}
