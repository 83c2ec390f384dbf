//! `poll`, `drain`, the phases of a turn.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::Cell,
    os::fd::OwnedFd,
    process::Command,
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

pub const TWINS: &[Twin] = &[
    twin!(row_12_poll_without_limit_and_timers, "S2.11", instead = "timer\nwaited for the descriptor false\nread\n"),
    twin!(row_13_due_timer_does_not_shorten_the_wait, "S2.12", instead = "half a second: false\n"),
    twin!(row_14_drain_ends_early, "S2.20", instead = "long before its time: false, at its time: true\n"),
    twin!(row_14_drain_without_limit, "S2.20", instead = "calls 3 pending false\n"),
    twin!(
        row_15_queue_starves_descriptors,
        "S2.8",
        instead = "one poll made all calls: false\nthe descriptor had to wait for all of them: false\n"
    ),
    twin!(row_41_custom_events_among_descriptors, "S2.5, S2.6", instead = "descriptor\nevent\ncounted 0\n"),
    twin!(negative_timeout_with_queue, "S2.4", instead = "refused\npending true\n"),
    twin!(
        signal_handler_ends_no_wait,
        "S2.5",
        owning = "signals",
        instead = "handler called true, waited to the end true\ncounted 1\n"
    ),
];

async fn row_12_poll_without_limit_and_timers(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("read");
        true
    })?;
    let f = sleep_async(20);
    f.add_callback(|_| echo!("timer"));
    let later = thread::spawn(move || {
        block(400);
        put(&writer, "x")
    });
    let start = Instant::now();
    w.poll_with(-1).await?;
    echo!("waited for the descriptor {}", start.elapsed() > Duration::from_millis(300));
    while has_pending_operations() {
        w.poll().await?;
    }
    later.join().expect("the writer panicked")
}

async fn row_13_due_timer_does_not_shorten_the_wait(w: World) -> Result<()> {
    let start = Instant::now();
    w.wait_for(sleep_async(0)).await?;
    echo!("half a second: {}", start.elapsed() > Duration::from_millis(450));
    Ok(())
}

async fn row_14_drain_ends_early(w: World) -> Result<()> {
    add_timer(60, false, |_| false)?;
    let start = Instant::now();
    w.drain_with(1200).await?;
    let time = start.elapsed();
    echo!(
        "long before its time: {}, at its time: {}",
        time < Duration::from_millis(900),
        time >= Duration::from_millis(1199)
    );
    Ok(())
}

async fn row_14_drain_without_limit(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let calls = Rc::new(Cell::new(0));
    let c = calls.clone();
    add_read(r, move |_| {
        c.set(c.get() + 1);
        c.get() == 3
    })?;
    put(&writer, "x")?;
    w.drain_with(-1).await?;
    echo!("calls {} pending {}", calls.get(), has_pending_operations());
    Ok(())
}

async fn row_15_queue_starves_descriptors(w: World) -> Result<()> {
    fn again(calls: Rc<Cell<i32>>, writer: Rc<OwnedFd>) -> Result<()> {
        if calls.get() == 0 {
            put(&*writer, "x")?;
        }
        calls.set(calls.get() + 1);
        if calls.get() < 100_000 {
            call_soon(move || again(calls, writer));
        }
        Ok(())
    }
    let (r, writer) = new_pipe()?;
    let (calls, read_at) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(-1)));
    let (c, at) = (calls.clone(), read_at.clone());
    add_read(r, move |_| {
        at.set(c.get());
        true
    })?;
    let c = calls.clone();
    call_soon(move || again(c, Rc::new(writer)));
    w.poll().await?;
    echo!("one poll made all calls: {}", calls.get() == 100_000);
    while has_pending_operations() {
        w.poll().await?;
    }
    echo!("the descriptor had to wait for all of them: {}", read_at.get() == calls.get());
    Ok(())
}

async fn row_41_custom_events_among_descriptors(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let ev = new_async_event();
    add_read(r, |_| {
        echo!("descriptor");
        true
    })?;
    add_event(&ev, |_| {
        echo!("event");
        true
    })?;
    trigger(&ev);
    put(&writer, "x")?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn negative_timeout_with_queue(w: World) -> Result<()> {
    call_soon(|| echo!("called"));
    match w.poll_with(-2).await {
        Ok(()) => echo!("polled"),
        Err(_) => echo!("refused"),
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn signal_handler_ends_no_wait(w: World) -> Result<()> {
    static CALLED: AtomicBool = AtomicBool::new(false);
    extern "C" fn handler(_: libc::c_int) {
        CALLED.store(true, Ordering::SeqCst);
    }
    let (r, _writer) = new_pipe()?;
    add_read(r, |_| true)?;
    // SAFETY: the handler does what a handler may do.
    unsafe { libc::signal(libc::SIGUSR1, handler as *const () as libc::sighandler_t) };
    let kill = format!("sleep 0.2; kill -USR1 {}", std::process::id());
    let mut child = Command::new("/bin/sh").args(["-c", &kill]).spawn()?;
    let start = Instant::now();
    w.poll_with(1500).await?;
    echo!(
        "handler called {}, waited to the end {}",
        CALLED.load(Ordering::SeqCst),
        start.elapsed() > Duration::from_millis(1400)
    );
    echo!("counted {}", active_descriptors());
    child.wait()?;
    Ok(())
}
