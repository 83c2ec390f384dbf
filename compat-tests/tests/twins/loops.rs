//! `drain`, `run_forever`, `wait_for`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::time::{Duration, Instant};

pub const TWINS: &[Twin] = &[
    twin!(drain_until_nothing, "S2.20"),
    twin!(drain_stops, "S2.20"),
    twin!(run_forever_ends_by_exception, "S2.21, S2.2", owning = "runForever"),
    twin!(wait_for_finished_does_not_poll, "S2.22"),
    twin!(wait_for_completes_the_poll, "S2.22, S2.8"),
    twin!(wait_for_raises, "S2.22, S2.13"),
];

const MS: Duration = Duration::from_millis(1);

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
