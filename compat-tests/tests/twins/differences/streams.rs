//! `FutureStream`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(row_27_stream_before_a_dispatcher, "S7.2, S7.30", instead = "read 1\nread 2\nread 3\nread 4\nreader ends\n"),
    twin!(row_28_newest_reader_first, "S7.32", instead = "true false false\n1 2 3\nend: true true\n"),
    twin!(
        row_28_failed_stream_drops_items,
        "S7.30",
        instead = "got 1, left 1\ngot 2, left 0\nfailed: broken, left 0\n"
    ),
    twin!(
        row_40_writer_never_waits,
        "S7.25",
        instead = "written true\nwritten true\nwritten false\none is read\nwritten true\nwritten true\nwritten true\n"
    ),
];

async fn row_27_stream_before_a_dispatcher(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let reader = {
        let s = s.clone();
        async_proc(async move {
            while let Some(x) = s.read().await? {
                echo!("read {x}");
            }
            Ok(())
        })
    };
    for i in 1..=4 {
        let _ = s.write(i);
    }
    s.complete();
    if has_pending_operations() {
        w.poll().await?;
    }
    if reader.finished() {
        echo!("reader ends");
    } else {
        echo!("reader: still pending, left {}", s.len());
    }
    Ok(())
}

async fn row_28_newest_reader_first(_w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let a = s.read();
    let b = s.read();
    let c = s.read();
    let _ = s.write(1);
    echo!("{} {} {}", a.finished(), b.finished(), c.finished());
    for i in 2..=3 {
        let _ = s.write(i);
    }
    let item = |f: &NimFuture<Option<i32>>| f.read().map(|item| item.unwrap_or(0));
    echo!("{} {} {}", item(&a)?, item(&b)?, item(&c)?);
    let d = s.read();
    let e = s.read();
    s.complete();
    echo!("end: {} {}", d.finished(), e.finished());
    Ok(())
}

async fn row_28_failed_stream_drops_items(_w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    for i in 1..=2 {
        let _ = s.write(i);
    }
    s.fail("broken");
    for _ in 1..=3 {
        let r = s.read();
        if r.failed() {
            echo!("failed: {}, left {}", r.read_error()?, s.len());
        } else {
            echo!("got {}, left {}", r.read()?.unwrap_or(0), s.len());
        }
    }
    Ok(())
}

async fn row_40_writer_never_waits(_: World) -> Result<()> {
    let s = FutureStream::bounded(2);
    let writes: Vec<_> = (1..=3).map(|i| s.write(i)).collect();
    writes.iter().for_each(|w| echo!("written {}", w.finished()));
    let _ = s.read();
    echo!("one is read");
    writes.iter().for_each(|w| echo!("written {}", w.finished()));
    Ok(())
}
