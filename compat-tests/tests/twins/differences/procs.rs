//! Async procs.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(row_38_defect_in_proc, "S8.1", instead = "poll raised\nfailed true\n"),
    twin!(
        row_39_finished_before_finally,
        "S8.7",
        instead = "finally ends\ncaller got 1\n",
        only_1_6 = "2.2 runs the finally part first"
    ),
    twin!(await_of_nil, "S8.5", instead = "the body catches it\nthe body goes on\nfinished true failed false\n"),
];

async fn row_38_defect_in_proc(w: World) -> Result<()> {
    fn wrong(empty: Vec<i32>) -> NimFuture<()> {
        async_proc(async move {
            let mut empty = empty;
            sleep_async(1).await?;
            empty[3] = 1;
            Ok(())
        })
    }

    let f = wrong(Vec::new());
    match caught(w.poll()).await {
        Ok(()) => echo!("polled"),
        Err(_) => echo!("poll raised"),
    }
    if !f.finished() {
        w.poll().await?;
    }
    echo!("failed {}", f.failed());
    Ok(())
}

async fn row_39_finished_before_finally(w: World) -> Result<()> {
    fn work() -> NimFuture<i32> {
        async_proc(async {
            let body = async { Ok(1) }.await;
            sleep_async(1).await?;
            echo!("finally ends");
            body
        })
    }
    fn caller() -> NimFuture<()> {
        async_proc(async {
            echo!("caller got {}", work().await?);
            Ok(())
        })
    }

    w.wait_for(caller()).await?;
    w.drain_with(50).await
}

async fn await_of_nil(_: World) -> Result<()> {
    fn nothing() -> Option<NimFuture<()>> {
        None
    }
    fn work() -> NimFuture<()> {
        async_proc(async {
            let body = async { nothing().ok_or("nil")?.await };
            if body.await.is_err() {
                echo!("the body catches it");
            }
            echo!("the body goes on");
            Ok(())
        })
    }

    let f = work();
    echo!("finished {} failed {}", f.finished(), f.failed());
    if f.failed() {
        echo!("{}", f.read_error()?);
    }
    Ok(())
}
