//! Where we mend Nim's loop and its lists (rows of the list in the crate's docs): the same program, what Nim prints is
//! recorded beside it in `transcripts/differences/`, and what ours prints stands in the table.

use crate::fd::new_pipe;
use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::Cell,
    fs::File,
    net::Shutdown,
    os::fd::{AsRawFd, OwnedFd},
    os::unix::net::UnixStream,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

pub const TWINS: &[Twin] = &[
    twin!(
        row_01_half_close_disarms_sender,
        "S3.9",
        instead = "half closed, counted 1\nwrite list\npolled, counted 0\n"
    ),
    twin!(
        row_04_raising_drops_the_list,
        "S2.15",
        instead = "first\nraised: second\ncounted 1\nthird\nqueue\ncounted 1\nthird\nqueue\ncounted 1\n"
    ),
    twin!(row_05_raising_repeating_timer, "S2.18", instead = "raised: once\ncall 2\ncall 3\ncounted 0\n"),
    twin!(row_05_raising_signal, "S2.18", instead = "raised: once\ncall 2\ncall 3\ncounted 0\n"),
    twin!(row_07_number_registered_again_inside, "S3.8", instead = "old, call 1\nqueue\nnew\nqueue\ncounted 0\n"),
    twin!(
        row_08_closed_without_unregister,
        "S1.10, S1.11",
        instead = "unregistered\ncounted 0 known false\nsame number: true\nregistered\n"
    ),
    twin!(row_09_unregister_abandons, "S1.10", instead = "callback of recv\nqueue\nfinished true\n"),
    twin!(row_12_poll_without_limit_and_timers, "S2.11", instead = "timer\nwaited for the descriptor false\nread\n"),
    twin!(row_13_due_timer_does_not_shorten_the_wait, "S2.12", instead = "half a second: false\n"),
    twin!(row_14_drain_ends_early, "S2.20", instead = "long before its time: false, at its time: true\n"),
    twin!(row_14_drain_without_limit, "S2.20", instead = "calls 3 pending false\n"),
    twin!(
        row_15_queue_starves_descriptors,
        "S2.8",
        instead = "one poll made all calls: false\nthe descriptor had to wait for all of them: false\n"
    ),
    twin!(
        row_35_failed_add_read_leaves_callback,
        "S3.2",
        instead = "raised: Operation not permitted (code: 1)\nof the second call\ncounted 0\n"
    ),
    twin!(
        row_36_numbers_out_of_range,
        "S1.9, S1.11, S3.2",
        instead = "contains -1: false\ncontains 5000: false\nregister -1: refused\n"
    ),
    twin!(row_41_custom_events_among_descriptors, "S2.5, S2.6", instead = "descriptor\nevent\ncounted 0\n"),
    twin!(negative_timeout_with_queue, "S2.4", instead = "refused\npending true\n"),
];

async fn row_01_half_close_disarms_sender(w: World) -> Result<()> {
    let (a, b) = UnixStream::pair()?;
    a.set_nonblocking(true)?;
    fill(&a)?;
    let a = register(a)?;
    add_write(a, |_| {
        echo!("write list");
        true
    })?;
    b.shutdown(Shutdown::Write)?;
    w.poll_with(0).await?;
    echo!("half closed, counted {}", active_descriptors());
    b.set_nonblocking(true)?;
    while rustix::io::read(&b, &mut [0; 65536]).is_ok_and(|n| n > 0) {}
    match w.poll_with(100).await {
        Ok(()) => echo!("polled, counted {}", active_descriptors()),
        Err(e) => echo!("raised: {e}"),
    }
    Ok(())
}

async fn row_04_raising_drops_the_list(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("first");
        true
    })?;
    add_read(r, |_| -> Result<bool> { Err("second".into()) })?;
    add_read(r, |_| {
        echo!("third");
        false
    })?;
    add_read(r, |_| {
        echo!("fourth");
        true
    })?;
    put(&writer, "x")?;
    if let Err(e) = w.poll().await {
        echo!("raised: {e}");
    }
    echo!("counted {}", active_descriptors());
    for _ in 1..=2 {
        call_soon(|| echo!("queue"));
        w.poll_with(0).await?;
        echo!("counted {}", active_descriptors());
    }
    Ok(())
}

/// A callback that raises at its first call and is done at its third.
fn raises_once() -> impl FnMut(AsyncFD) -> Result<bool> {
    let mut calls = 0;
    move |_| {
        calls += 1;
        if calls == 1 {
            return Err("once".into());
        }
        echo!("call {calls}");
        Ok(calls == 3)
    }
}

async fn row_05_raising_repeating_timer(w: World) -> Result<()> {
    add_timer(1, false, raises_once())?;
    for _ in 1..=3 {
        if let Err(e) = w.poll().await {
            echo!("raised: {e}");
        }
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn row_05_raising_signal(w: World) -> Result<()> {
    add_signal(Signal::SIGUSR1, raises_once())?;
    for _ in 1..=3 {
        raise(rustix::process::Signal::USR1)?;
        if let Err(e) = w.poll().await {
            echo!("raised: {e}");
        }
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn row_07_number_registered_again_inside(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let mut calls = 0;
    add_read(r, move |fd| {
        calls += 1;
        echo!("old, call {calls}");
        if calls == 1 {
            let open = unregister(fd)?.into_owned().ok_or("it is owned")?;
            let fd = register(open)?;
            add_read(fd, |_| {
                echo!("new");
                true
            })?;
        }
        Ok(calls == 2)
    })?;
    put(&writer, "x")?;
    for _ in 1..=2 {
        call_soon(|| echo!("queue"));
        w.poll_with(0).await?;
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn row_08_closed_without_unregister(_: World) -> Result<()> {
    let p = pipe()?;
    let number = p.reader.as_raw_fd();
    // SAFETY: nothing uses the number between its closing and `unregister`.
    let r = unsafe { register_raw(number) }?;
    add_read(r, |_| true)?;
    drop(p.reader);
    match unregister(r) {
        Ok(_) => echo!("unregistered"),
        Err(e) => echo!("raised: {e}"),
    }
    echo!("counted {} known {}", active_descriptors(), contains(&get_global_dispatcher(), r));
    let stranger = pipe()?;
    echo!("same number: {}", stranger.reader.as_raw_fd() == number);
    match register(stranger.reader) {
        Ok(_) => echo!("registered"),
        Err(_) => echo!("refused: the stranger is already registered"),
    }
    Ok(())
}

async fn row_09_unregister_abandons(w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let f = recv(a, 10);
    f.add_callback(|_| echo!("callback of recv"));
    add_read(a, |_| {
        echo!("raw callback");
        true
    })?;
    let _ = unregister(a)?;
    call_soon(|| echo!("queue"));
    w.poll().await?;
    echo!("finished {}", f.finished());
    Ok(())
}

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
    add_timer(20, false, |_| false)?;
    let start = Instant::now();
    w.drain_with(400).await?;
    let time = start.elapsed();
    echo!(
        "long before its time: {}, at its time: {}",
        time < Duration::from_millis(300),
        time >= Duration::from_millis(399)
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

async fn row_35_failed_add_read_leaves_callback(w: World) -> Result<()> {
    let p = pipe()?;
    let mut file = OwnedFd::from(File::open("/proc/self/exe")?);
    // SAFETY: `file` stays open to the end.
    let fd = unsafe { register_raw(file.as_raw_fd()) }?;
    if let Err(e) = add_read(fd, |_| {
        echo!("of the failed call");
        true
    }) {
        echo!("raised: {e}");
    }
    rustix::io::dup2(&p.reader, &mut file).map_err(std::io::Error::from)?;
    put(&p.writer, "x")?;
    add_read(fd, |_| {
        echo!("of the second call");
        true
    })?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    let _ = unregister(fd)?;
    Ok(())
}

async fn row_36_numbers_out_of_range(_: World) -> Result<()> {
    let d = get_global_dispatcher();
    echo!("contains -1: {}", d.find(-1).is_some());
    echo!("contains 5000: {}", d.find(5000).is_some());
    // SAFETY: it is no descriptor.
    match unsafe { register_raw(-1) } {
        Ok(_) => echo!("register -1: registered"),
        Err(_) => echo!("register -1: refused"),
    }
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
