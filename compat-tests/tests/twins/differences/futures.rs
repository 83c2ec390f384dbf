//! Futures and what combines them.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(
        row_23_callbacks_replaced,
        "S7.15, S7.16, S7.17, S7.19",
        instead = "callback of asyncCheck\ncallback of and\ncallback of or\ncallback of withTimeout\ntrue true true\n"
    ),
    twin!(row_23_awaiter_forgotten, "S7.19", instead = "waiter got 1\nin time true\n"),
    twin!(row_24_and_loses_failure, "S7.16", instead = "failed true\n"),
    twin!(row_25_with_timeout_leaves_timer, "S7.19, S1.31", instead = "in time true\ntimers 0 pending false\n"),
    twin!(row_26_second_completion, "S7.6", instead = "refused\nvalue 1\nrefused\nfailed false\n"),
    twin!(
        row_27_callbacks_before_a_dispatcher,
        "S7.2",
        instead = "completed\nadded\ncallback\nlate callback\npolled\n"
    ),
    twin!(
        row_44_callbacks_cleared_under_an_awaiter,
        "S7.12, S7.13",
        instead = "a got 1\ncallback\nb got 2\na true b true\n"
    ),
];

async fn row_23_callbacks_replaced(w: World) -> Result<()> {
    fn future(name: &'static str) -> NimFuture<()> {
        let f = new_future(name);
        f.add_callback(move |_| echo!("callback of {name}"));
        f
    }
    let a = future("asyncCheck");
    let b = future("and");
    let c = future("or");
    let d = future("withTimeout");
    async_check(a.clone());
    let both = b.and(&b);
    let either = c.or(&new_future::<()>("never"));
    let in_time = d.with_timeout(1);
    for f in [a, b, c, d] {
        f.complete(());
    }
    w.drain_with(100).await?;
    echo!("{} {} {}", both.finished(), either.finished(), in_time.finished());
    Ok(())
}

async fn row_23_awaiter_forgotten(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let waiter = {
        let f = f.clone();
        async_proc(async move {
            echo!("waiter got {}", f.await?);
            Ok(())
        })
    };
    let t = f.with_timeout(1);
    f.complete(1);
    w.drain_with(100).await?;
    echo!("in time {}", t.read()?);
    if !waiter.finished() {
        echo!("waiter: still pending");
    }
    Ok(())
}

async fn row_24_and_loses_failure(w: World) -> Result<()> {
    let a = new_future::<()>("a");
    let b = new_future::<()>("b");
    let both = a.and(&b);
    a.complete(());
    b.fail("b failed");
    w.poll().await?;
    echo!("failed {}", both.failed());
    Ok(())
}

async fn row_25_with_timeout_leaves_timer(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    let t = f.with_timeout(1000);
    f.complete(());
    w.poll_with(0).await?;
    echo!("in time {}", t.read()?);
    echo!("timers {} pending {}", get_global_dispatcher().timers().len(), has_pending_operations());
    Ok(())
}

async fn row_26_second_completion(_w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    f.complete(1);
    let again = caught(async {
        f.complete(2);
        Ok(())
    });
    match again.await {
        Ok(()) => echo!("nothing said"),
        Err(_) => echo!("refused"),
    }
    echo!("value {}", f.read()?);
    let late = caught(async {
        f.fail("late");
        Ok(())
    });
    match late.await {
        Ok(()) => echo!("nothing said"),
        Err(_) => echo!("refused"),
    }
    echo!("failed {}", f.failed());
    Ok(())
}

async fn row_27_callbacks_before_a_dispatcher(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.add_callback(|_| echo!("callback"));
    f.complete(());
    echo!("completed");
    f.add_callback(|_| echo!("late callback"));
    echo!("added");
    if has_pending_operations() {
        w.poll().await?;
        echo!("polled");
    }
    Ok(())
}

async fn row_44_callbacks_cleared_under_an_awaiter(w: World) -> Result<()> {
    fn waiter(name: &'static str, f: &NimFuture<i32>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            echo!("{name} got {}", f.await?);
            Ok(())
        })
    }

    let f = new_future::<i32>("f");
    let g = new_future::<i32>("g");
    let a = waiter("a", &f);
    let b = waiter("b", &g);
    f.set_callback(|_| echo!("callback"));
    g.clear_callbacks();
    f.complete(1);
    g.complete(2);
    if has_pending_operations() {
        w.poll().await?;
    }
    echo!("a {} b {}", a.finished(), b.finished());
    Ok(())
}
