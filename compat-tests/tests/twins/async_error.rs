//! Errors inside async procs, `try`, `finally`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(async_raise_before_await, "S8.1"),
    twin!(async_error_in_every_awaiter, "S8.2"),
    twin!(async_error_climbs, "S8.1, S8.3"),
    twin!(async_yield_does_not_raise, "S8.6"),
    twin!(async_try_except_across_awaits, "S8.7"),
    twin!(async_finally_after_error, "S8.7"),
    twin!(async_return_in_finally, "S8.7", only_2_2 = "1.6 finishes the future before the finally part"),
    twin!(async_raise_in_finally, "S8.7", only_2_2 = "1.6 has finished the future already"),
    twin!(async_dropped_failure_is_silent, "S8.8"),
    twin!(async_raise_after_finished, "S8.9"),
];

async fn async_raise_before_await(_w: World) -> Result<()> {
    fn failing() -> NimFuture<i32> {
        async_proc(async {
            echo!("body");
            Err("early")?
        })
    }
    fn parse(text: &'static str) -> NimFuture<i32> {
        async_proc(async move { Ok(text.parse()?) })
    }

    let f = failing();
    echo!("returned, finished {} failed {}", f.finished(), f.failed());
    echo!("{}", f.read_error()?);
    let g = parse("12");
    echo!("{} {}", g.failed(), g.read()?);
    let h = parse("twelve");
    echo!("{}", h.failed());
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn async_error_in_every_awaiter(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let waiter = |name: &'static str| {
        let f = f.clone();
        async_proc(async move {
            match (&f).await {
                Ok(x) => echo!("{name} got {x}"),
                Err(e) => echo!("{name} caught {e}"),
            }
            Ok(())
        })
    };

    let a = waiter("a");
    let b = waiter("b");
    f.fail("bad");
    w.poll().await?;
    let c = waiter("c");
    echo!("{} {} {}", a.finished(), b.finished(), c.finished());
    Ok(())
}

async fn async_error_climbs(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    fn a(f: &NimFuture<()>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            f.await?;
            echo!("not here");
            Ok(())
        })
    }
    fn b(f: &NimFuture<()>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            if let Err(e) = a(&f).await {
                echo!("b caught {e}");
                Err("b makes it another")?;
            }
            Ok(())
        })
    }
    fn c(f: &NimFuture<()>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            b(&f).await?;
            echo!("not here either");
            Ok(())
        })
    }

    let done = c(&f);
    f.fail(std::io::Error::other("first"));
    call_soon(|| echo!("soon"));
    w.poll().await?;
    echo!("c failed: {}", done.read_error()?);
    Ok(())
}

async fn async_yield_does_not_raise(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let careful = {
        let f = f.clone();
        async_proc(async move {
            f.settled().await;
            echo!("settled, failed {}", f.failed());
            if f.failed() {
                echo!("{}", f.read_error()?);
            }
            let g = new_future::<i32>("g");
            g.complete(5);
            g.settled().await;
            echo!("{}", g.read()?);
            Ok(())
        })
    };

    f.fail("broken");
    echo!("finished {}", careful.finished());
    w.poll().await?;
    echo!("finished {} failed {}", careful.finished(), careful.failed());
    Ok(())
}

async fn async_try_except_across_awaits(w: World) -> Result<()> {
    fn failing(ms: i32) -> NimFuture<()> {
        async_proc(async move {
            sleep_async(ms).await?;
            Err(format!("after {ms}"))?
        })
    }
    fn run() -> NimFuture<&'static str> {
        async_proc(async {
            for ms in [0, 1] {
                let body = async {
                    echo!("try {ms}");
                    failing(ms).await?;
                    echo!("not here");
                    Ok(())
                };
                let body: Result<()> = body.await;
                if let Err(e) = body {
                    echo!("caught {e}");
                    sleep_async(1).await?;
                    echo!("except ends");
                }
                sleep_async(1).await?;
                echo!("finally ends");
            }
            Ok("end")
        })
    }

    echo!("{}", w.wait_for(run()).await?);
    Ok(())
}

async fn async_finally_after_error(w: World) -> Result<()> {
    fn inner() -> NimFuture<()> {
        async_proc(async {
            let body: Result<()> = async {
                sleep_async(1).await?;
                Err("lost")?
            }
            .await;
            echo!("inner cleans up");
            sleep_async(1).await?;
            echo!("inner is clean");
            body
        })
    }
    fn outer() -> NimFuture<()> {
        async_proc(async {
            let body = inner().await;
            echo!("outer cleans up");
            body
        })
    }

    let f = outer();
    if let Err(e) = w.wait_for(f).await {
        echo!("raised {e}");
    }
    Ok(())
}

async fn async_return_in_finally(w: World) -> Result<()> {
    fn work() -> NimFuture<i32> {
        async_proc(async {
            let body = async {
                echo!("returns");
                Ok(1)
            };
            let body = body.await;
            echo!("finally begins");
            sleep_async(1).await?;
            echo!("finally ends");
            body
        })
    }
    fn caller() -> NimFuture<()> {
        async_proc(async {
            let x = work().await?;
            echo!("caller got {x}");
            Ok(())
        })
    }

    w.wait_for(caller()).await?;
    w.drain_with(50).await
}

async fn async_raise_in_finally(w: World) -> Result<()> {
    fn work() -> NimFuture<i32> {
        async_proc(async {
            let _one = async { Ok::<_, Error>(1) }.await?;
            sleep_async(1).await?;
            echo!("finally raises");
            Err("from finally")?
        })
    }

    let f = work();
    echo!("finished {}", f.finished());
    match w.wait_for(f).await {
        Ok(x) => echo!("{x}"),
        Err(e) => echo!("raised {e}"),
    }
    Ok(())
}

async fn async_dropped_failure_is_silent(w: World) -> Result<()> {
    fn background() -> NimFuture<()> {
        async_proc(async {
            sleep_async(1).await?;
            echo!("background fails");
            Err("unheard")?
        })
    }

    let _ = background();
    w.drain_with(1000).await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn async_raise_after_finished(w: World) -> Result<()> {
    fn work() -> NimFuture<()> {
        async_proc(async {
            sleep_async(1).await?;
            Err("too late".into())
        })
    }

    let failed = work();
    let finished = work();
    failed.fail("by hand");
    finished.complete(());
    for _ in 1..=2 {
        match w.drain().await {
            Ok(()) => echo!("quiet"),
            Err(e) => echo!("poll raised: {e}"),
        }
    }
    echo!("failed: {}", failed.read_error()?);
    echo!("finished {} failed {}", finished.finished(), finished.failed());
    echo!("pending {}", has_pending_operations());
    Ok(())
}
