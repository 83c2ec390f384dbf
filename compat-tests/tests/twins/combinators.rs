//! `and`, `or`, `all`, `withTimeout`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::fmt;

pub const TWINS: &[Twin] = &[
    twin!(future_and, "S7.16"),
    twin!(future_and_failure, "S7.16"),
    twin!(future_and_same_twice, "S7.16"),
    twin!(future_or, "S7.17"),
    twin!(future_or_with_sleep, "S7.17, S6.3"),
    twin!(future_all_values, "S7.18"),
    twin!(future_all_void_and_empty, "S7.18"),
    twin!(future_all_first_failure, "S7.18"),
    twin!(future_all_keeps_callbacks, "S7.18"),
    twin!(with_timeout_future_first, "S7.19"),
    twin!(with_timeout_timer_first, "S7.19"),
    twin!(with_timeout_zero_and_negative, "S7.19"),
    twin!(with_timeout_in_proc, "S7.19, S8.2"),
    twin!(with_timeout_of_recv, "S7.19, S4.3"),
    twin!(future_or_finished, "S7.17"),
    twin!(with_timeout_of_failed, "S7.19"),
];

/// `$` of a Nim sequence.
fn seq<T: fmt::Display>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(T::to_string).collect();
    format!("@[{}]", items.join(", "))
}

async fn future_and(w: World) -> Result<()> {
    let a = new_future::<i32>("a");
    let b = new_future::<String>("b");
    let both = a.and(&b);
    both.add_callback(|_| echo!("both"));
    a.complete(1);
    w.poll().await?;
    echo!("a only: {}", both.finished());
    b.complete("x".into());
    echo!("b completed: {}", both.finished());
    call_soon(|| echo!("soon"));
    w.poll().await?;
    echo!("polled: {}", both.finished());
    let again = a.and(&b);
    echo!("of finished ones: {}", again.finished());
    w.poll().await?;
    echo!("polled: {} {}", again.finished(), again.failed());
    Ok(())
}

async fn future_and_failure(w: World) -> Result<()> {
    let a = new_future::<()>("a");
    let b = new_future::<()>("b");
    let both = and(&a, &b);
    both.add_callback(|both| echo!("both: {}", both.failed()));
    b.fail("b failed");
    echo!("inside the call: {}", both.finished());
    w.poll().await?;
    echo!("error: {}", both.read_error()?);
    a.complete(());
    w.poll().await?;
    echo!("still: {}", both.read_error()?);
    let c = new_future::<()>("c");
    let one = b.and(&c);
    w.poll().await?;
    echo!("one failed already: {}", one.read_error()?);
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn future_and_same_twice(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let both = f.and(&f);
    f.complete(1);
    echo!("completed: {}", both.finished());
    w.poll().await?;
    echo!("polled: {} {}", both.finished(), both.failed());
    let g = new_future::<i32>("g");
    let bad = g.and(&g);
    g.fail("once");
    w.poll().await?;
    echo!("failed: {}", bad.read_error()?);
    Ok(())
}

async fn future_or(w: World) -> Result<()> {
    let a = new_future::<i32>("a");
    let b = new_future::<String>("b");
    let either = a.or(&b);
    either.add_callback(|either| echo!("either: failed={}", either.failed()));
    b.complete("x".into());
    echo!("inside the call: {}", either.finished());
    w.poll().await?;
    a.fail("too late");
    w.poll().await?;
    echo!("still: failed={}", either.failed());
    let c = new_future::<()>("c");
    let d = new_future::<()>("d");
    let second = or(&c, &d);
    d.fail("d first");
    c.complete(());
    w.poll().await?;
    echo!("second: {}", second.read_error()?);
    let e = c.or(&d);
    echo!("of finished ones: {}", e.finished());
    w.poll().await?;
    echo!("polled: finished={} failed={}", e.finished(), e.failed());
    Ok(())
}

async fn future_or_with_sleep(w: World) -> Result<()> {
    let f = new_future::<&str>("f");
    w.wait_for(f.or(&sleep_async(5))).await?;
    echo!("slept, f finished {}", f.finished());
    call_soon({
        let f = f.clone();
        move || f.complete("value")
    });
    let long = sleep_async(500);
    w.wait_for(f.or(&long)).await?;
    echo!("{}, slept {}", f.read()?, long.finished());
    w.drain_with(1000).await?;
    echo!("slept {}", long.finished());
    Ok(())
}

async fn future_all_values(w: World) -> Result<()> {
    let futs: Vec<_> = (0..3).map(|_| new_future::<i32>("f")).collect();
    let together = all(&futs);
    together.add_callback(|together| {
        echo!("together {}", seq(&together.read()?));
        Ok(())
    });
    futs[2].complete(30);
    futs[0].complete(10);
    w.poll().await?;
    echo!("two of three: {}", together.finished());
    futs[1].complete(20);
    echo!("inside the call: {}", together.finished());
    call_soon(|| echo!("soon"));
    w.poll().await?;
    let again = all([&futs[0], &futs[2]]);
    echo!("of finished ones: {}", again.finished());
    w.poll().await?;
    echo!("{}", seq(&again.read()?));
    Ok(())
}

async fn future_all_void_and_empty(w: World) -> Result<()> {
    let nothing: Vec<NimFuture<()>> = vec![];
    let a = all(nothing);
    echo!("no voids: {}", a.finished());
    let none: Vec<NimFuture<i32>> = vec![];
    let b = all(none);
    echo!("no ints: {} {}", b.finished(), b.read()?.len());
    let x = new_future::<()>("x");
    let y = new_future::<()>("y");
    let c = all([&x, &y]);
    y.complete(());
    x.complete(());
    echo!("inside the call: {}", c.finished());
    w.poll().await?;
    echo!("polled: {}", c.finished());
    Ok(())
}

async fn future_all_first_failure(w: World) -> Result<()> {
    let futs: Vec<_> = (0..4).map(|_| new_future::<i32>("f")).collect();
    let together = all(&futs);
    together.add_callback(|together| {
        echo!("together: {}", together.read_error()?);
        Ok(())
    });
    futs[0].complete(1);
    futs[2].fail("third failed");
    futs[1].fail("second failed");
    w.poll().await?;
    futs[3].fail("fourth failed");
    w.poll().await?;
    echo!("still: {}", together.read_error()?);
    Ok(())
}

async fn future_all_keeps_callbacks(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    f.add_callback(|_| echo!("before"));
    let together = all([&f, &f, &f]);
    f.add_callback({
        let together = together.clone();
        move |_| echo!("after, together finished: {}", together.finished())
    });
    together.add_callback(|together| {
        echo!("{}", seq(&together.read()?));
        Ok(())
    });
    f.complete(4);
    w.poll().await
}

async fn with_timeout_future_first(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let t = f.with_timeout(1000);
    t.add_callback(|t| {
        echo!("f in time: {}", t.read()?);
        Ok(())
    });
    echo!("on return: {}", t.finished());
    f.complete(1);
    echo!("inside complete: {}", t.finished());
    w.poll().await?;
    let g = new_future::<i32>("g");
    let v = with_timeout(&g, 1000);
    g.fail("g failed");
    w.poll().await?;
    echo!("g: {}", v.read_error()?);
    Ok(())
}

async fn with_timeout_timer_first(w: World) -> Result<()> {
    fn work(gate: &NimFuture<()>, fails: bool) -> NimFuture<i32> {
        let gate = gate.clone();
        async_proc(async move {
            gate.await?;
            echo!("work ends");
            if fails {
                Err("too late")?;
            }
            Ok(5)
        })
    }

    for fails in [false, true] {
        let gate = new_future::<()>("gate");
        let f = work(&gate, fails);
        let t = f.with_timeout(5);
        echo!("in time {}", w.wait_for(&t).await?);
        echo!("finished {}", f.finished());
        gate.complete(());
        w.poll().await?;
        echo!("finished {} failed {}, in time {}", f.finished(), f.failed(), t.read()?);
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn with_timeout_zero_and_negative(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.complete(());
    let a = f.with_timeout(0);
    echo!("on return: {}", a.finished());
    w.poll().await?;
    echo!("finished one: {}", a.read()?);
    for ms in [0, -1, -1000] {
        let p = new_future::<()>("p");
        let b = p.with_timeout(ms);
        echo!("on return: {}", b.finished());
        w.poll_with(0).await?;
        echo!("pending one: {}", b.read()?);
    }
    Ok(())
}

async fn with_timeout_in_proc(w: World) -> Result<()> {
    fn answer(gate: &NimFuture<()>) -> NimFuture<&'static str> {
        let gate = gate.clone();
        async_proc(async move {
            gate.await?;
            Ok("answer")
        })
    }
    fn ask(gate: &NimFuture<()>, ms: i32) -> NimFuture<()> {
        let gate = gate.clone();
        async_proc(async move {
            let f = answer(&gate);
            if f.with_timeout(ms).await? {
                echo!("got {}", f.read()?);
            } else {
                echo!("timeout, finished {}", f.finished());
                gate.complete(());
                echo!("then {}", f.await?);
            }
            Ok(())
        })
    }

    w.wait_for(ask(&sleep_async(1), 5000)).await?;
    w.wait_for(ask(&new_future("gate"), 5)).await
}

async fn with_timeout_of_recv(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let f = a.recv(100);
    echo!("in time {}", w.wait_for(f.with_timeout(10)).await?);
    echo!("counted {}", active_descriptors());
    w.wait_for(b.send("late data")).await?;
    let g = a.recv(100);
    echo!("in time {}", w.wait_for(f.with_timeout(1000)).await?);
    echo!("{}, the next one waits {}", String::from_utf8_lossy(&f.read()?), !g.finished());
    w.wait_for(b.send("more")).await?;
    echo!("{}", String::from_utf8_lossy(&w.wait_for(g).await?));
    Ok(())
}

async fn future_or_finished(w: World) -> Result<()> {
    fn show(name: &str, f: &NimFuture<()>) -> Result<()> {
        match (f.finished(), f.failed()) {
            (false, _) => echo!("{name}: pending"),
            (_, true) => echo!("{name}: {}", f.read_error()?),
            _ => echo!("{name}: done"),
        }
        Ok(())
    }
    fn done() -> NimFuture<()> {
        let f = new_future("done");
        f.complete(());
        f
    }
    fn failed(text: &'static str) -> NimFuture<()> {
        let f = new_future("failed");
        f.fail(text);
        f
    }

    let a = or(&done(), &failed("second"));
    let b = or(&failed("first"), &done());
    let c = or(&failed("first"), &failed("second"));
    let same = new_future::<()>("same");
    let d = or(&same, &same);
    let e = or(&new_future::<()>("never"), &failed("only"));
    show("on return", &a)?;
    same.complete(());
    w.poll().await?;
    for (name, f) in [("a", a), ("b", b), ("c", c), ("d", d), ("e", e)] {
        show(name, &f)?;
    }
    Ok(())
}

async fn with_timeout_of_failed(w: World) -> Result<()> {
    let before = new_future::<i32>("before");
    before.fail("had failed");
    let later = new_future::<i32>("later");
    let late = new_future::<i32>("late");
    let a = before.with_timeout(10_000);
    let b = later.with_timeout(10_000);
    let c = late.with_timeout(1);
    later.fail("fails in time");
    for f in [a, b] {
        match w.wait_for(f).await {
            Ok(in_time) => echo!("{in_time}"),
            Err(e) => echo!("{e}"),
        }
    }
    echo!("{}", w.wait_for(&c).await?);
    late.fail("too late");
    call_soon(|| echo!("queue"));
    w.poll_with(0).await?;
    echo!("{} {}", c.failed(), late.read_error()?);
    Ok(())
}
