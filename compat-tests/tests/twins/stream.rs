//! `FutureStream`: its callback, its reads, its end, `read_all`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(stream_callback_runs_inside_write, "S7.23, S7.24, S7.25"),
    twin!(stream_callback_runs_inside_complete, "S7.23, S7.26"),
    twin!(stream_callback_runs_inside_fail, "S7.23, S7.27, S7.28"),
    twin!(stream_write_to_ended, "S7.25"),
    twin!(stream_ended_twice, "S7.26, S7.27"),
    twin!(stream_set_callback_with_data, "S7.29"),
    twin!(stream_callbacks_set_with_data, "S7.29"),
    twin!(stream_set_callback_replaces, "S7.29"),
    twin!(stream_len_and_finished, "S7.28"),
    twin!(stream_read_buffered, "S7.30"),
    twin!(stream_read_waits, "S7.30, S8.2"),
    twin!(stream_waiting_read_at_the_end, "S7.30"),
    twin!(stream_read_and_user_callback, "S7.31"),
    twin!(stream_read_all_ended, "S7.33"),
    twin!(stream_read_all_waits, "S7.33"),
    twin!(stream_read_all_failure, "S7.33"),
    twin!(stream_producer_and_consumer, "S7.25, S7.30, S8.2"),
    twin!(stream_callback_chain, "S7.23, S7.30"),
];

/// Whether `call` panics with a text that ends in `tail`; Nim: `except AssertionDefect as e: e.msg.endsWith(tail)`.
async fn defect(call: impl FnOnce(), tail: &str) -> Option<bool> {
    let said = caught(async {
        call();
        Ok(())
    });
    said.await.err().map(|e| e.to_string().ends_with(tail))
}

async fn stream_callback_runs_inside_write(_w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    echo!("{} {} {}", s.len(), s.finished(), s.failed());
    s.set_callback(|s| echo!("callback, len {}", s.len()));
    for i in 1..=3 {
        let w = s.write(i);
        echo!("written, finished {} failed {}", w.finished(), w.failed());
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn stream_callback_runs_inside_complete(_w: World) -> Result<()> {
    let s = new_future_stream::<&str>("s");
    s.set_callback(|s| echo!("callback, finished {} len {}", s.finished(), s.len()));
    let _ = s.write("last");
    s.complete();
    echo!("completed");
    s.complete();
    echo!("completed again");
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn stream_callback_runs_inside_fail(_w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    s.set_callback(|s| echo!("callback, failed {} finished {}", s.failed(), s.finished()));
    s.fail(std::io::Error::other("broken"));
    echo!("failed: {}", s.error().ok_or("no error")?);
    let w = s.write(1);
    echo!("write: {}", w.read_error()?);
    echo!("len {}, pending {}", s.len(), has_pending_operations());
    Ok(())
}

async fn stream_write_to_ended(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    s.complete();
    s.set_callback(|_| echo!("callback"));
    w.poll().await?;
    let f = s.write(1);
    echo!("finished {} failed {} len {}", f.finished(), f.failed(), s.len());
    if let Err(e) = w.wait_for(f).await {
        echo!("{e}");
    }
    Ok(())
}

async fn stream_ended_twice(_w: World) -> Result<()> {
    let a = new_future_stream::<i32>("a");
    a.fail("first");
    if let Some(words) = defect(|| a.complete(), "Trying to complete failed stream").await {
        echo!("complete: {words}");
    }
    if defect(|| a.fail("second"), "").await.is_some() {
        echo!("fail after fail: defect");
    }
    echo!("{}", a.error().ok_or("no error")?);
    let b = new_future_stream::<i32>("b");
    b.complete();
    if defect(|| b.fail("third"), "").await.is_some() {
        echo!("fail after complete: defect");
    }
    echo!("{} {}", b.failed(), b.finished());
    Ok(())
}

async fn stream_set_callback_with_data(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let _ = s.write(1);
    let _ = s.write(2);
    s.set_callback(|s| echo!("data, len {}", s.len()));
    echo!("set with data");
    let _ = s.write(3);
    w.poll().await?;
    let t = new_future_stream::<i32>("t");
    t.complete();
    t.set_callback(|t| echo!("end, finished {}", t.finished()));
    echo!("set after the end");
    w.poll().await?;
    let u = new_future_stream::<i32>("u");
    u.set_callback(|_| echo!("not called"));
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn stream_callbacks_set_with_data(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let _ = s.write(1);
    s.set_callback(|s| echo!("first, len {}", s.len()));
    s.set_callback(|s| echo!("second, len {}", s.len()));
    let _ = s.write(2);
    echo!("written");
    w.poll().await?;
    let _ = s.read();
    echo!("read, pending {}", has_pending_operations());
    Ok(())
}

async fn stream_set_callback_replaces(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    s.set_callback(|s| echo!("first {}", s.len()));
    let _ = s.write(1);
    s.set_callback(|s| echo!("second {}", s.len()));
    let _ = s.write(2);
    w.poll().await?;
    s.complete();
    Ok(())
}

async fn stream_len_and_finished(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let show = |what: &str| echo!("{what}: len {} finished {}", s.len(), s.finished());
    show("new");
    let _ = s.write(1);
    let _ = s.write(2);
    show("two written");
    s.complete();
    show("completed");
    w.wait_for(s.read()).await?;
    show("one read");
    w.wait_for(s.read()).await?;
    show("both read");
    Ok(())
}

async fn stream_read_buffered(_w: World) -> Result<()> {
    let s = new_future_stream::<&str>("s");
    for word in ["one", "two"] {
        let _ = s.write(word);
    }
    s.complete();
    for _ in 1..=4 {
        let r = s.read();
        if r.finished() {
            match r.read()? {
                Some(word) => echo!("item {word}"),
                None => echo!("end"),
            }
        }
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn stream_read_waits(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let reader = {
        let s = s.clone();
        async_proc(async move {
            while let Some(x) = s.read().await? {
                echo!("got {x}");
            }
            echo!("reader ends");
            Ok(())
        })
    };

    let r = new_future_stream::<i32>("r");
    let f = r.read();
    echo!("waiting: {}", f.finished());
    let _ = r.write(7);
    echo!("inside write: {} {} len {}", f.finished(), f.read()?.unwrap_or(0), r.len());
    let _ = s.write(1);
    echo!("written 1, len {}", s.len());
    let _ = s.write(2);
    echo!("written 2, len {}", s.len());
    w.poll().await?;
    let _ = s.write(3);
    s.complete();
    echo!("completed");
    w.poll().await?;
    echo!("done {}", reader.finished());
    Ok(())
}

async fn stream_waiting_read_at_the_end(w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    let a = s.read();
    s.complete();
    echo!("finished {} has {}", a.finished(), a.read()?.is_some());
    let t = new_future_stream::<i32>("t");
    let b = t.read();
    b.add_callback(|b| echo!("callback of the read, failed {}", b.failed()));
    t.fail("broken");
    echo!("finished {} failed {} {}", b.finished(), b.failed(), b.read_error()?);
    w.poll().await?;
    let c = t.read();
    echo!("read of a failed stream: {} {}", c.finished(), c.read_error()?);
    Ok(())
}

async fn stream_read_and_user_callback(_w: World) -> Result<()> {
    let s = new_future_stream::<i32>("s");
    s.set_callback(|s| echo!("callback, len {}", s.len()));
    let r = s.read();
    let _ = s.write(1);
    echo!("served {}", r.read()?.unwrap_or(0));
    let _ = s.write(2);
    let q = s.read();
    echo!("took {}", q.read()?.unwrap_or(0));
    let t = s.read();
    s.complete();
    echo!("end {}", t.read()?.is_none());
    s.complete();
    Ok(())
}

async fn stream_read_all_ended(_w: World) -> Result<()> {
    let s = new_future_stream::<String>("s");
    for part in ["ab", "", "cd"] {
        let _ = s.write(part.to_owned());
    }
    s.complete();
    let all = read_all(&s);
    echo!("{} {}", all.finished(), all.read()?);
    let again = read_all(&s);
    echo!("{} '{}'", again.finished(), again.read()?);
    Ok(())
}

async fn stream_read_all_waits(w: World) -> Result<()> {
    let s = new_future_stream::<String>("s");
    let all = read_all(&s);
    all.add_callback(|all| {
        echo!("all: {}", all.read()?);
        Ok(())
    });
    let _ = s.write("a".into());
    let _ = s.write("b".into());
    echo!("len {}", s.len());
    w.poll().await?;
    echo!("len {} finished {}", s.len(), all.finished());
    let _ = s.write("c".into());
    s.complete();
    echo!("completed, finished {}", all.finished());
    call_soon(|| echo!("soon"));
    w.poll().await
}

async fn stream_read_all_failure(w: World) -> Result<()> {
    let s = new_future_stream::<String>("s");
    let all = read_all(&s);
    let _ = s.write("a".into());
    w.poll().await?;
    s.fail(std::io::Error::other("connection lost"));
    echo!("finished {}", all.finished());
    w.poll().await?;
    echo!("{}", all.read_error()?);
    let t = new_future_stream::<String>("t");
    t.fail("from the start");
    let none = read_all(&t);
    echo!("{} {}", none.finished(), none.read_error()?);
    Ok(())
}

async fn stream_producer_and_consumer(w: World) -> Result<()> {
    fn produce(s: &FutureStream<i32>) -> NimFuture<()> {
        let s = s.clone();
        async_proc(async move {
            for i in 1..=4 {
                s.write(i).await?;
                echo!("wrote {i}");
                if i % 2 == 0 {
                    sleep_async(1).await?;
                }
            }
            s.complete();
            echo!("completed");
            Ok(())
        })
    }
    fn consume(s: &FutureStream<i32>) -> NimFuture<i32> {
        let s = s.clone();
        async_proc(async move {
            let mut sum = 0;
            while let Some(x) = s.read().await? {
                echo!("read {x}");
                sum += x;
            }
            Ok(sum)
        })
    }

    let s = new_future_stream("s");
    let sum = consume(&s);
    async_check(produce(&s));
    echo!("sum {}", w.wait_for(sum).await?);
    Ok(())
}

async fn stream_callback_chain(_w: World) -> Result<()> {
    let a = new_future_stream::<i32>("a");
    let b = new_future_stream::<i32>("b");
    a.set_callback({
        let b = b.clone();
        move |a| {
            if !a.is_empty() {
                if let Ok(Some(x)) = a.read().read() {
                    echo!("a has {x}");
                    let _ = b.write(x * 10);
                }
            } else if a.finished() {
                echo!("a ended");
                b.complete();
            }
        }
    });
    b.set_callback(|b| echo!("b, len {} finished {}", b.len(), b.finished()));
    let _ = a.write(1);
    echo!("written 1");
    let _ = a.write(2);
    echo!("written 2");
    a.complete();
    echo!("completed");
    while !b.is_empty() {
        // Nim's `echo` evaluates its arguments first; so does `format!`.
        echo!("left {}", b.read().read()?.unwrap_or(0));
    }
    Ok(())
}
