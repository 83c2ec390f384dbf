//! One turn: its phases, their order, what it waits for; what callbacks raise; turns within turns; the loops around them.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::{Cell, RefCell},
    os::fd::OwnedFd,
    process::{Command, Stdio},
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
    twin!(poll_order_of_readiness, "S2.5"),
    twin!(poll_ready_again_later, "S2.5, S3.1"),
    twin!(poll_64_at_a_time, "S2.5"),
    twin!(poll_queue_until_empty, "S2.8"),
    twin!(poll_due_timer_with_awaiter, "S2.12, S2.3"),
    twin!(raise_from_queue, "S2.13, S2.14"),
    twin!(raise_from_descriptor, "S2.13, S2.15"),
    twin!(raise_from_descriptor_then_added_again, "S2.15, S3.1"),
    twin!(raise_from_event, "S2.16, S2.13"),
    twin!(raise_from_process, "S2.17, S2.13"),
    twin!(raise_out_of_every_loop, "S2.13, S2.21", owning = "runForever"),
    twin!(raise_in_proc_stays_there, "S2.13, S8.1"),
    twin!(nested_poll_from_queue, "S2.19", owning = "polls inside a callback"),
    twin!(nested_poll_from_descriptor, "S2.19, S3.4, S3.6", owning = "polls inside a callback"),
    twin!(nested_poll_later_descriptors, "S2.19, S2.5", owning = "polls inside a callback"),
    twin!(nested_poll_from_timer_and_event, "S2.19, S6.4", owning = "polls inside a callback"),
    twin!(nested_wait_for, "S2.19, S2.22", owning = "waits inside an async proc"),
    twin!(nested_wait_for_in_callback, "S2.19, S2.22", owning = "waits inside a callback"),
    twin!(drain_until_nothing, "S2.20"),
    twin!(drain_stops, "S2.20"),
    twin!(run_forever_ends_by_exception, "S2.21, S2.2", owning = "runForever"),
    twin!(wait_for_finished_does_not_poll, "S2.22"),
    twin!(wait_for_completes_the_poll, "S2.22, S2.8"),
    twin!(wait_for_raises, "S2.22, S2.13"),
];

const MS: Duration = Duration::from_millis(1);

/// A pipe whose reading end is registered.
fn new_pipe() -> Result<(AsyncFD, OwnedFd)> {
    let p = pipe()?;
    Ok((register(p.reader)?, p.writer))
}

// ------------------------------------------------------------------------------------------------ phases

async fn poll_nothing_pending(w: World) -> Result<()> {
    async fn attempt(w: &World, timeout: i32) {
        let start = Instant::now();
        match w.poll_with(timeout).await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("raised: {e}"),
        }
        echo!("at once: {}", start.elapsed() < 200 * MS);
    }
    let f = new_future::<()>("f");
    for timeout in [500, 0, -1, 1] {
        attempt(&w, timeout).await;
    }
    if let Err(e) = w.wait_for(f).await {
        echo!("waitFor raised: {e}");
    }
    call_soon(|| echo!("called"));
    attempt(&w, 500).await;
    attempt(&w, 500).await;
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
    let soon = sleep_async(30);
    due.add_callback(|_| echo!("callback of the due timer"));
    soon.add_callback(|_| echo!("callback of the one due meanwhile"));
    let (d, s) = (due.clone(), soon.clone());
    add_read(r, move |_| {
        echo!("descriptor: {} {}", d.finished(), s.finished());
        let s = s.clone();
        call_soon(move || echo!("queued by the descriptor: {}", s.finished()));
        block(60);
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
    let timers = [timer(30), timer(10), timer(20)];
    add_read(r, move |_| {
        timers.iter().for_each(|f| echo!("finished {}", f.finished()));
        true
    })?;
    put(&writer, "x")?;
    block(60);
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

async fn poll_order_of_readiness(w: World) -> Result<()> {
    let mut writers = Vec::new();
    let mut watch = |i: usize| -> Result<()> {
        let (r, writer) = new_pipe()?;
        writers.push(writer);
        add_read(r, move |fd| {
            echo!("pipe {i}");
            read_some(fd, 1)?;
            Ok(false)
        })
    };
    for i in 0..=4 {
        watch(i)?;
    }
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
        w.poll().await?;
        echo!("polled, finished {}", f.finished());
    }
    echo!("no wait {}", start.elapsed() < 400 * MS);
    Ok(())
}

// ------------------------------------------------------------------------------------------------ what is raised

async fn raise_from_queue(w: World) -> Result<()> {
    call_soon(|| echo!("first"));
    call_soon(|| Err("from the second".into()));
    call_soon(|| echo!("third"));
    call_soon(|| Err("from the fourth".into()));
    call_soon(|| echo!("fifth"));
    while has_pending_operations() {
        match w.poll().await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("poll raised: {e}"),
        }
    }
    Ok(())
}

async fn raise_from_descriptor(w: World) -> Result<()> {
    let (a, to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    add_read(a, |_| -> Result<bool> {
        echo!("first descriptor");
        call_soon(|| echo!("queued by the first"));
        Err("from the first".into())
    })?;
    add_read(b, |_| {
        echo!("second descriptor");
        true
    })?;
    call_soon(|| echo!("queued before"));
    put(&to_a, "x")?;
    put(&to_b, "x")?;
    match w.poll().await {
        Ok(()) => echo!("polled"),
        Err(e) => echo!("poll raised: {e}"),
    }
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn raise_from_descriptor_then_added_again(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| -> Result<bool> {
        echo!("raises");
        Err("once".into())
    })?;
    put(&writer, "x")?;
    if let Err(e) = w.poll().await {
        echo!("poll raised: {e}");
    }
    call_soon(|| echo!("queue"));
    w.poll_with(0).await?;
    echo!("polled, counted {}", active_descriptors());
    add_read(r, |_| {
        echo!("added again");
        true
    })?;
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn raise_from_event(w: World) -> Result<()> {
    let ev = new_async_event();
    add_event(&ev, |_| -> Result<bool> {
        echo!("called");
        Err("from the event".into())
    })?;
    trigger(&ev);
    if let Err(e) = w.poll().await {
        echo!("poll raised: {e}");
    }
    echo!("counted {}", active_descriptors());
    trigger(&ev);
    w.poll_with(0).await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn raise_from_process(w: World) -> Result<()> {
    let mut child = Command::new("/bin/sh").args(["-c", "read x"]).stdin(Stdio::piped()).spawn()?;
    add_process(&child, |_| -> Result<bool> {
        echo!("ended");
        Err("from the process".into())
    })?;
    child.kill()?;
    match w.poll_with(5000).await {
        Ok(()) => echo!("polled"),
        Err(e) => echo!("poll raised: {e}"),
    }
    echo!("counted {}", active_descriptors());
    child.wait()?;
    Ok(())
}

async fn raise_out_of_every_loop(w: World) -> Result<()> {
    fn fail_soon(name: &'static str) {
        call_soon(move || Err(format!("from {name}").into()));
        call_soon(move || echo!("after {name}"));
    }
    fail_soon("drain");
    if let Err(e) = w.drain().await {
        echo!("drain raised: {e}");
    }
    fail_soon("waitFor");
    let f = sleep_async(0);
    if let Err(e) = w.wait_for(f).await {
        echo!("waitFor raised: {e}");
    }
    fail_soon("runForever");
    if let Err(e) = run_forever() {
        echo!("runForever raised: {e}");
    }
    echo!("pending {}", has_pending_operations());
    w.poll().await
}

async fn raise_in_proc_stays_there(w: World) -> Result<()> {
    fn work(name: &'static str) -> NimFuture<()> {
        async_proc(async move {
            sleep_async(0).await?;
            Err(format!("from {name}"))?
        })
    }
    let f = work("the proc");
    drop(work("the forgotten one"));
    while has_pending_operations() {
        w.poll().await?;
        echo!("polled");
    }
    echo!("failed {}: {}", f.failed(), f.read_error()?);
    Ok(())
}

// ------------------------------------------------------------------------------------------------ turns within turns

async fn nested_poll_from_queue(_: World) -> Result<()> {
    call_soon(|| {
        echo!("first begins");
        poll()?;
        echo!("first ends");
        Ok(())
    });
    call_soon(|| echo!("second"));
    call_soon(|| {
        call_soon(|| echo!("fourth"));
        echo!("third");
    });
    poll()?;
    echo!("polled, pending {}", has_pending_operations());
    Ok(())
}

async fn nested_poll_from_descriptor(_: World) -> Result<()> {
    let (a, to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    let depth = Cell::new(0);
    add_read(a, move |_| {
        depth.set(depth.get() + 1);
        echo!("a begins, depth {} counted {}", depth.get(), active_descriptors());
        if depth.get() == 1 {
            call_soon(|| echo!("queue"));
            poll_with(0)?;
            echo!("a polled, counted {}", active_descriptors());
        }
        Ok(depth.get() == 2)
    })?;
    add_read(b, |_| {
        echo!("b");
        true
    })?;
    put(&to_a, "x")?;
    put(&to_b, "x")?;
    poll()?;
    echo!("polled, counted {}", active_descriptors());
    poll()?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn nested_poll_later_descriptors(_: World) -> Result<()> {
    let mut writers = Vec::new();
    let mut watch = |i: i32| -> Result<()> {
        let (r, writer) = new_pipe()?;
        writers.push(writer);
        add_read(r, move |_| {
            echo!("pipe {i} begins");
            if i == 0 {
                poll()?;
            }
            echo!("pipe {i} ends");
            Ok(true)
        })
    };
    for i in 0..=2 {
        watch(i)?;
    }
    for writer in &writers {
        put(writer, "x")?;
    }
    poll()?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn nested_poll_from_timer_and_event(_: World) -> Result<()> {
    add_timer(1, true, |_| {
        echo!("timer begins");
        call_soon(|| echo!("queued by the timer"));
        poll_with(0)?;
        echo!("timer ends");
        Ok(true)
    })?;
    poll()?;
    echo!("counted {}", active_descriptors());
    let ev = new_async_event();
    let mut calls = 0;
    add_event(&ev, move |_| {
        calls += 1;
        echo!("event begins");
        call_soon(|| echo!("queued by the event"));
        poll_with(0)?;
        echo!("event ends");
        Ok(calls == 2)
    })?;
    for _ in 1..=2 {
        trigger(&ev);
        poll()?;
        echo!("counted {}", active_descriptors());
    }
    Ok(())
}

async fn nested_wait_for(_: World) -> Result<()> {
    fn inner(name: &'static str, ms: i32) -> NimFuture<()> {
        async_proc(async move {
            sleep_async(ms).await?;
            echo!("{name} has slept");
            Ok(())
        })
    }
    fn outer() -> NimFuture<()> {
        async_proc(async {
            echo!("outer begins");
            sleep_async(1).await?;
            echo!("outer waits");
            wait_for(inner("the nested one", 40))?;
            echo!("outer ends");
            Ok(())
        })
    }
    let quick = inner("the quick one", 10);
    let f = outer();
    wait_for(quick)?;
    echo!("quick is over, outer finished {}", f.finished());
    wait_for(f)?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn nested_wait_for_in_callback(_: World) -> Result<()> {
    call_soon(|| {
        echo!("a begins");
        call_soon(|| {
            echo!("b begins");
            wait_for(sleep_async(1))?;
            echo!("b ends");
            Ok(())
        });
        wait_for(sleep_async(20))?;
        echo!("a ends");
        Ok(())
    });
    call_soon(|| echo!("c"));
    poll()?;
    echo!("polled, pending {}", has_pending_operations());
    Ok(())
}

// ------------------------------------------------------------------------------------------------ drain, runForever, waitFor

async fn drain_until_nothing(w: World) -> Result<()> {
    fn work(name: &'static str, times: i32) -> NimFuture<()> {
        async_proc(async move {
            for i in 1..=times {
                sleep_async(1).await?;
                echo!("{name} {i}");
            }
            Ok(())
        })
    }
    w.drain().await?;
    echo!("nothing was pending");
    let f = work("a", 3);
    w.drain_with(5000).await?;
    echo!("finished {} pending {}", f.finished(), has_pending_operations());
    call_soon(|| echo!("queue"));
    w.drain_with(0).await?;
    echo!("pending {}", has_pending_operations());
    w.drain_with(-1).await?;
    echo!("end");
    Ok(())
}

async fn drain_stops(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("read");
        true
    })?;
    let start = Instant::now();
    w.drain_with(60).await?;
    let time = start.elapsed();
    echo!("waited {}, not for ever {}, pending {}", time >= 59 * MS, time < 2000 * MS, has_pending_operations());
    put(&writer, "x")?;
    w.drain_with(0).await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn run_forever_ends_by_exception(_: World) -> Result<()> {
    let mut n = 0;
    add_timer(1, false, move |_| {
        n += 1;
        echo!("tick {n}");
        if n == 3 {
            call_soon(|| Err("enough".into()));
        }
        n == 5
    })?;
    if let Err(e) = run_forever() {
        echo!("runForever raised: {e}");
    }
    echo!("counted {}", active_descriptors());
    if let Err(e) = run_forever() {
        echo!("runForever raised: {e}");
    }
    Ok(())
}

async fn wait_for_finished_does_not_poll(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    call_soon(|| echo!("queue"));
    f.complete(7);
    echo!("{}", w.wait_for(f).await?);
    let g = new_future::<()>("g");
    g.fail("failed");
    if let Err(e) = w.wait_for(g).await {
        echo!("raised: {e}");
    }
    echo!("pending {}", has_pending_operations());
    w.poll().await
}

async fn wait_for_completes_the_poll(w: World) -> Result<()> {
    let f = new_future::<&str>("f");
    let g = f.clone();
    call_soon(move || {
        g.complete("value");
        call_soon(|| echo!("queued after the completion"));
    });
    call_soon(|| echo!("queued before it"));
    f.add_callback(|_| {
        echo!("callback");
        call_soon(|| echo!("queued by the callback"));
    });
    echo!("{}", w.wait_for(f).await?);
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn wait_for_raises(w: World) -> Result<()> {
    fn work(fails: bool) -> NimFuture<i32> {
        async_proc(async move {
            sleep_async(5).await?;
            if fails {
                Err("broken")?;
            }
            Ok(5)
        })
    }
    match w.wait_for(work(true)).await {
        Ok(n) => echo!("{n}"),
        Err(e) => echo!("raised: {e}"),
    }
    let f = work(false);
    call_soon(|| Err("from another".into()));
    match w.wait_for(&f).await {
        Ok(n) => echo!("{n}"),
        Err(e) => echo!("raised: {e}"),
    }
    echo!("finished {}", f.finished());
    echo!("{}", w.wait_for(f).await?);
    Ok(())
}
