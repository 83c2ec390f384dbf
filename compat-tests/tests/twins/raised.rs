//! Errors that callbacks raise leave through `poll`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(raise_from_queue, "S2.13, S2.14"),
    twin!(raise_from_descriptor, "S2.13, S2.15"),
    twin!(raise_from_descriptor_then_added_again, "S2.15, S3.1"),
    twin!(raise_from_event, "S2.16, S2.13"),
    twin!(raise_from_process, "S2.17, S2.13"),
    twin!(raise_out_of_every_loop, "S2.13, S2.21", owning = "runForever"),
    twin!(raise_in_proc_stays_there, "S2.13, S8.1"),
];

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
    let mut child = sleeper()?;
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
