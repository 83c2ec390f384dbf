//! `Future`: completing, reading, callbacks, `asyncCheck`, `FutureVar`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::fmt;

pub const TWINS: &[Twin] = &[
    twin!(future_callbacks_in_order, "S7.2, S7.4, S7.11"),
    twin!(future_states, "S7.3, S7.4, S7.5, S7.10"),
    twin!(future_callback_added_to_finished, "S7.11"),
    twin!(future_callbacks_of_callbacks, "S7.4, S7.11, S2.8"),
    twin!(future_set_callback_replaces, "S7.12"),
    twin!(future_set_callback_on_finished, "S7.12"),
    twin!(future_clear_callbacks, "S7.13"),
    twin!(future_callback_raises, "S7.14, S2.13, S2.14"),
    twin!(future_read_and_read_error, "S7.8, S7.9"),
    twin!(future_completed_twice, "S7.7"),
    twin!(future_error_keeps_its_type, "S7.5, S7.8"),
    twin!(future_async_check, "S7.15"),
    twin!(future_async_check_then_callbacks, "S7.15, S2.14"),
    twin!(future_async_check_of_proc, "S7.15, S8.1, S2.13"),
    twin!(future_var, "S7.20"),
    twin!(future_var_callbacks, "S7.20"),
    twin!(future_wait_for_several_times, "S7.8, S2.22"),
    twin!(future_awaited_and_called_back, "S7.4, S8.4"),
    twin!(futures_in_progress, "S7.21"),
];

/// `$` of a Nim sequence.
fn seq<T: fmt::Display>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(T::to_string).collect();
    format!("@[{}]", items.join(", "))
}

#[derive(Debug)]
struct RedisError {
    code: i32,
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WRONGTYPE")
    }
}

impl std::error::Error for RedisError {}

impl Exception for RedisError {}

async fn future_callbacks_in_order(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    f.add_callback(|f| echo!("first {}", f.finished()));
    f.add_callback(|g| {
        echo!("second {}", g.read()?);
        Ok(())
    });
    f.add_callback(|_| echo!("third"));
    echo!("pending {} {}", f.finished(), has_pending_operations());
    f.complete(7);
    echo!("completed {} {}", f.finished(), has_pending_operations());
    w.poll().await?;
    echo!("polled {}", has_pending_operations());
    Ok(())
}

async fn future_states(_w: World) -> Result<()> {
    fn show<T: 'static>(name: &str, f: &NimFuture<T>) {
        echo!("{name}: finished={} failed={}", f.finished(), f.failed());
    }

    let a = new_future::<()>("a");
    let b = NimFuture::<String>::new();
    let c = new_future::<i32>("c");
    show("a", &a);
    a.complete(());
    show("a", &a);
    b.complete("text".to_owned());
    show("b", &b);
    echo!("{}", b.read()?);
    c.fail("no");
    show("c", &c);
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_callback_added_to_finished(w: World) -> Result<()> {
    let f = new_future::<String>("f");
    f.complete("done".into());
    f.add_callback(|g| {
        echo!("one {}", g.read()?);
        Ok(())
    });
    echo!("added one");
    call_soon(|| echo!("soon"));
    f.add_callback(|_| echo!("two"));
    echo!("added two");
    w.poll().await?;
    f.add_callback(|_| echo!("three"));
    echo!("added three");
    w.poll().await
}

async fn future_callbacks_of_callbacks(w: World) -> Result<()> {
    let a = new_future::<()>("a");
    let b = new_future::<()>("b");
    a.add_callback({
        let b = b.clone();
        move |a| {
            echo!("a1");
            b.complete(());
            a.add_callback(|_| echo!("a4, added by a1"));
            echo!("a1 ends");
        }
    });
    a.add_callback(|_| echo!("a2"));
    b.add_callback(|_| {
        echo!("b1");
        call_soon(|| echo!("soon, from b1"));
    });
    a.add_callback(|_| echo!("a3"));
    call_soon(|| echo!("soon, before complete"));
    a.complete(());
    call_soon(|| echo!("soon, after complete"));
    w.poll().await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_set_callback_replaces(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.add_callback(|_| echo!("forgotten 1"));
    f.add_callback(|_| echo!("forgotten 2"));
    f.set_callback(|_| echo!("forgotten 3"));
    f.set_callback(|_| echo!("kept"));
    f.add_callback(|_| echo!("added"));
    f.complete(());
    w.poll().await?;
    let g = new_future::<i32>("g");
    g.set_callback(|x| {
        echo!("value {}", x.read()?);
        Ok(())
    });
    g.complete(5);
    w.poll().await
}

async fn future_set_callback_on_finished(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.add_callback(|_| echo!("queued by complete"));
    f.complete(());
    f.set_callback(|_| echo!("set afterwards"));
    f.set_callback(|_| echo!("set again"));
    echo!("set");
    w.poll().await
}

async fn future_clear_callbacks(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.add_callback(|_| echo!("forgotten"));
    f.clear_callbacks();
    f.add_callback(|_| echo!("added after the clearing"));
    f.complete(());
    f.clear_callbacks();
    w.poll().await?;
    let g = new_future::<()>("g");
    g.add_callback(|_| echo!("forgotten too"));
    g.clear_callbacks();
    g.complete(());
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_callback_raises(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.add_callback(|_| echo!("one"));
    f.add_callback(|_| {
        echo!("two raises");
        Err("from two")?;
        Ok(())
    });
    f.add_callback(|_| echo!("three"));
    f.add_callback(|_| Err(Error::from("from four")));
    f.add_callback(|_| echo!("five"));
    f.complete(());
    while has_pending_operations() {
        match w.poll().await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("poll raised: {e}"),
        }
    }
    Ok(())
}

async fn future_read_and_read_error(_w: World) -> Result<()> {
    fn try_read(f: &NimFuture<i32>) {
        match f.read() {
            Ok(x) => echo!("read: {x}"),
            Err(e) => echo!("read raised: {e}"),
        }
        match f.read_error() {
            Ok(error) => echo!("readError: {error}"),
            Err(e) => echo!("readError raised: {e}"),
        }
    }

    let f = new_future::<i32>("f");
    try_read(&f);
    f.complete(3);
    try_read(&f);
    try_read(&f);
    let g = new_future::<i32>("g");
    g.fail(std::io::Error::other("broken"));
    try_read(&g);
    try_read(&g);
    Ok(())
}

async fn future_completed_twice(w: World) -> Result<()> {
    let words = "An attempt was made to complete a Future more than once. Details:";
    let f = new_future::<i32>("maker");
    f.add_callback(|f| {
        echo!("callback {}", f.read()?);
        Ok(())
    });
    f.complete(1);
    let again = caught(async {
        f.complete(2);
        Ok(())
    });
    if let Err(e) = again.await.map_err(|e| e.to_string()) {
        echo!("{} {}", e.starts_with(words), e.contains("maker"));
    }
    let late = caught(async {
        f.fail("late");
        Ok(())
    });
    if let Err(e) = late.await.map_err(|e| e.to_string()) {
        echo!("{} {}", e.starts_with(words), e.contains("maker"));
    }
    echo!("{} {}", f.failed(), f.read()?);
    w.poll().await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_error_keeps_its_type(w: World) -> Result<()> {
    let f = new_future::<String>("f");
    f.fail(RedisError { code: 7 });
    for _ in 1..=2 {
        match f.read() {
            Ok(text) => echo!("{text}"),
            Err(e) => match e.downcast_ref::<RedisError>() {
                Some(redis) => echo!("{e} {}", redis.code),
                None => return Err(e),
            },
        }
    }
    echo!("{}", f.read_error()?.is::<RedisError>());
    f.add_callback(|g| echo!("callback sees failed={}", g.failed()));
    w.poll().await
}

async fn future_async_check(w: World) -> Result<()> {
    let a = new_future::<()>("a");
    async_check(a.clone());
    a.complete(());
    call_soon(|| echo!("soon"));
    w.poll().await?;
    echo!("a is quiet");
    let b = new_future::<()>("b");
    async_check(b.clone());
    call_soon(|| echo!("before b"));
    b.fail("b failed");
    echo!("failing raises nothing");
    call_soon(|| echo!("after b"));
    if let Err(e) = w.poll().await {
        echo!("poll raised: {e}");
    }
    w.poll().await?;
    let c = new_future::<()>("c");
    c.fail("c failed");
    async_check(c);
    echo!("checking a failed one raises nothing");
    if let Err(e) = w.poll().await {
        echo!("poll raised: {e}");
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_async_check_then_callbacks(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    async_check(f.clone());
    f.add_callback(|f| echo!("added after asyncCheck, failed={}", f.failed()));
    f.fail(std::io::Error::other("lost"));
    match w.poll().await {
        Ok(()) => echo!("not here"),
        Err(e) => echo!("poll raised: {e}"),
    }
    echo!("pending {}", has_pending_operations());
    w.poll().await
}

async fn future_async_check_of_proc(w: World) -> Result<()> {
    fn failing(name: &'static str) -> NimFuture<()> {
        async_proc(async move {
            sleep_async(1).await?;
            Err(name)?
        })
    }

    async_check(failing("first"));
    if let Err(e) = w.wait_for(new_future::<()>("never")).await {
        echo!("waitFor raised: {e}");
    }
    async_check(failing("second"));
    if let Err(e) = w.drain_with(1000).await {
        echo!("drain raised: {e}");
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_var(_w: World) -> Result<()> {
    let v = new_future_var::<String>("v");
    v.mget(|s| s.push_str("ab"));
    echo!("{}", v.finished());
    v.mget(|s| s.push_str("cd"));
    v.complete();
    echo!("{} {}", v.finished(), v.read()?);
    v.mget(|s| s.push_str("ef"));
    echo!("{}", v.read()?);
    v.clean();
    echo!("{}", v.finished());
    match v.read() {
        Ok(text) => echo!("{text}"),
        Err(e) => echo!("read raised: {e}"),
    }
    echo!("{}", v.mget(|s| s.clone()));
    v.complete_with("new".into());
    echo!("{} {}", v.finished(), v.read()?);
    Ok(())
}

async fn future_var_callbacks(w: World) -> Result<()> {
    let v = new_future_var::<i32>("v");
    v.future().add_callback(|v| {
        echo!("first {}", v.read()?);
        Ok(())
    });
    v.clean();
    v.complete_with(1);
    w.poll().await?;
    v.clean();
    v.future().add_callback(|v| {
        echo!("second {}", v.read()?);
        Ok(())
    });
    v.complete_with(2);
    w.poll().await?;
    v.clean();
    v.mget(|x| *x = 3);
    v.complete();
    echo!("pending {}", has_pending_operations());
    echo!("last {}", v.read()?);
    Ok(())
}

async fn future_wait_for_several_times(w: World) -> Result<()> {
    fn later(x: i32) -> NimFuture<i32> {
        async_proc(async move {
            sleep_async(1).await?;
            if x < 0 {
                Err("negative")?;
            }
            Ok(x)
        })
    }

    let f = later(4);
    echo!("{} {} {}", w.wait_for(&f).await?, w.wait_for(&f).await?, f.read()?);
    let g = later(-1);
    for _ in 1..=2 {
        match w.wait_for(&g).await {
            Ok(x) => echo!("{x}"),
            Err(e) => echo!("waitFor raised: {e}"),
        }
    }
    Ok(())
}

async fn future_awaited_and_called_back(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let waiter = |name: &'static str| {
        let f = f.clone();
        async_proc(async move {
            let x = (&f).await?;
            echo!("{name} {x}");
            Ok(())
        })
    };

    let a = waiter("proc a");
    f.add_callback(|_| echo!("callback"));
    let both = all([&f, &f]);
    both.add_callback(|both| {
        echo!("all {}", seq(&both.read()?));
        Ok(())
    });
    let b = waiter("proc b");
    a.add_callback(|_| echo!("end of a"));
    b.add_callback(|_| echo!("end of b"));
    f.complete(9);
    w.poll().await
}

async fn futures_in_progress(_w: World) -> Result<()> {
    set_future_logging(true);
    let show = || {
        let infos = get_futures_in_progress();
        for name in ["apple", "pear"] {
            let count: usize = infos.iter().filter(|info| info.from_proc == name).map(|info| info.count).sum();
            echo!("{name}: {count}");
        }
    };

    echo!("{}", is_future_logging_enabled());
    let a = new_future::<()>("apple");
    let b = new_future::<i32>("pear");
    let c = new_future::<i32>("pear");
    show();
    b.complete(1);
    show();
    a.fail("x");
    c.complete(2);
    show();
    Ok(())
}
