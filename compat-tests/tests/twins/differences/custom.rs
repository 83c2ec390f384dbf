//! Timers with callbacks, signals, processes, events.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::process::Signal as Kill;
use std::{
    cell::{Cell, RefCell},
    process::{Command, Stdio},
    rc::Rc,
};

pub const TWINS: &[Twin] = &[
    twin!(row_06_unregister_ready_timer, "S6.1", instead = "one unregisters the other\npolled\ncounted 1\n"),
    twin!(row_16_two_watchers_of_a_signal, "S6.5", owning = "signals", instead = "first\nsecond\ncounted 0\n"),
    twin!(row_16_two_children, "S6.6", instead = "poll raised false\nboth called true\n"),
    twin!(row_17_dead_child, "S6.6", instead = "called\nexit code 3\n"),
    twin!(row_17_unknown_pid, "S6.6", instead = "refused\n"),
    twin!(row_18_signal_after_its_watch, "S6.5", owning = "signals", instead = "lives\n"),
    twin!(signals_that_cannot_be_watched, "S6.5", owning = "signals", instead = "refused\nrefused\nrefused\n"),
    twin!(row_19_timer_of_zero, "S6.2", instead = "refused, counted 0\n"),
    twin!(row_19_negative_timer, "S6.2", instead = "refused\ndescriptors left behind 0\n"),
    twin!(row_20_oneshot_false_leaks, "S6.2, S2.17", instead = "counted 0 known false\n"),
    twin!(
        row_21_event_triggered_in_nested_poll,
        "S2.19, S6.4",
        owning = "polls inside a callback",
        instead = "calls 1 counted 1\nregistration lost: false\n"
    ),
    twin!(row_22_close_event_while_added, "S6.4, S1.28", instead = "counted 0\n"),
    twin!(
        row_37_descriptors_used,
        "S6.1, S6.2, S6.5",
        owning = "signals",
        instead = "counted 22\ndescriptors used 0\n"
    ),
    twin!(row_05_raising_repeating_timer, "S2.18", instead = "raised: once\ncall 2\ncall 3\ncounted 0\n"),
    twin!(row_05_raising_signal, "S2.18", instead = "raised: once\ncall 2\ncall 3\ncounted 0\n"),
    twin!(row_07_event_replaced_inside_callback, "S6.4", instead = "old, call 1\ncounted 1\nnew\ncounted 0\n"),
    twin!(
        row_04_raising_loses_other_events,
        "S2.5, S2.15, S2.16",
        instead = "raised: bad\ngood one\nqueued by the bad one\npolled\n"
    ),
];

/// How many descriptors the process has open.
fn open() -> Result<usize> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count())
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

async fn row_06_unregister_ready_timer(w: World) -> Result<()> {
    let keys = Rc::new(RefCell::new([None; 2]));
    let rounds = Rc::new(RefCell::new([0; 2]));
    let add = |i: usize| {
        let (keys, rounds) = (keys.clone(), rounds.clone());
        add_timer(200, false, move |fd| {
            keys.borrow_mut()[i] = Some(fd);
            rounds.borrow_mut()[i] += 1;
            if rounds.borrow()[i] == 2 {
                let other = keys.borrow()[1 - i].ok_or("not called yet")?;
                let _ = unregister(other)?;
                echo!("one unregisters the other");
            }
            Ok(false)
        })
    };
    add(0)?;
    add(1)?;
    while rounds.borrow()[0] == 0 || rounds.borrow()[1] == 0 {
        w.poll().await?;
    }
    block(250);
    match w.poll_with(0).await {
        Ok(()) => echo!("polled"),
        Err(e) => echo!("poll raised: {e}"),
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn row_16_two_watchers_of_a_signal(w: World) -> Result<()> {
    fn watch(name: &'static str) -> Result<AsyncFD> {
        add_signal(Signal::SIGUSR1, move |_| {
            echo!("{name}");
            true
        })
    }
    watch("first")?;
    watch("second")?;
    raise(Kill::USR1)?;
    w.poll_with(20).await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn row_16_two_children(w: World) -> Result<()> {
    let calls = Rc::new(Cell::new(0));
    let mut children = Vec::new();
    for _ in 1..=2 {
        let child = Command::new("/bin/sleep").arg("60").spawn()?;
        add_process(&child, {
            let calls = calls.clone();
            move |_| {
                calls.set(calls.get() + 1);
                true
            }
        })?;
        children.push(child);
    }
    let mut raised = false;
    for child in &mut children {
        child.kill()?;
        for _ in 1..=4 {
            if has_pending_operations() {
                raised |= w.poll_with(100).await.is_err();
            }
        }
    }
    echo!("poll raised {raised}");
    echo!("both called {}", calls.get() == 2);
    children.iter_mut().try_for_each(|child| child.wait().map(drop))?;
    Ok(())
}

async fn row_17_dead_child(w: World) -> Result<()> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let mut child = Command::new("/bin/sh").args(["-c", "exit 3"]).stdin(Stdio::null()).spawn()?;
    let pid = Pid::from_raw(child.id() as i32).ok_or("no pid")?;
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).map_err(std::io::Error::from)?;
    add_process(&child, |_| {
        echo!("called");
        true
    })?;
    for _ in 1..=3 {
        if has_pending_operations() {
            w.poll_with(100).await?;
        }
    }
    if has_pending_operations() {
        echo!("still pending");
    }
    echo!("exit code {}", child.wait()?.code().unwrap_or(-1));
    Ok(())
}

async fn row_17_unknown_pid(w: World) -> Result<()> {
    let added = add_process(99_999_999, |_| {
        echo!("called");
        true
    });
    match added {
        Ok(_) => {
            echo!("accepted, counted {}", active_descriptors());
            w.poll_with(20).await?;
            if has_pending_operations() {
                echo!("still pending");
            }
        }
        Err(_) => echo!("refused"),
    }
    Ok(())
}

async fn row_18_signal_after_its_watch(w: World) -> Result<()> {
    // Nim's program does this in a child, since it dies of it.
    add_signal(Signal::SIGUSR1, |_| true)?;
    raise(Kill::USR1)?;
    w.poll().await?;
    raise(Kill::USR1)?;
    echo!("lives");
    Ok(())
}

async fn signals_that_cannot_be_watched(_w: World) -> Result<()> {
    for signal in [0, 1000, libc::SIGKILL] {
        match add_signal(signal, |_| true) {
            Ok(_) => echo!("accepted, counted {}", active_descriptors()),
            Err(_) => echo!("refused"),
        }
    }
    Ok(())
}

async fn row_19_timer_of_zero(w: World) -> Result<()> {
    let added = add_timer(0, true, |_| {
        echo!("fires");
        true
    });
    match added {
        Ok(_) => {
            echo!("accepted, counted {}", active_descriptors());
            w.poll_with(30).await?;
            if has_pending_operations() {
                echo!("still pending");
            }
        }
        Err(_) => echo!("refused, counted {}", active_descriptors()),
    }
    Ok(())
}

async fn row_19_negative_timer(_w: World) -> Result<()> {
    let _ = get_global_dispatcher();
    let before = open()?;
    match add_timer(-1000, true, |_| true) {
        Ok(_) => echo!("accepted"),
        Err(_) => echo!("refused"),
    }
    echo!("descriptors left behind {}", open()? - before);
    Ok(())
}

async fn row_20_oneshot_false_leaks(w: World) -> Result<()> {
    let key = Rc::new(Cell::new(None));
    add_timer(1, true, {
        let key = key.clone();
        move |fd| {
            key.set(Some(fd));
            false
        }
    })?;
    w.poll().await?;
    echo!("counted {} known {}", active_descriptors(), key.get().is_some_and(known));
    Ok(())
}

async fn row_21_event_triggered_in_nested_poll(w: World) -> Result<()> {
    let ev = new_async_event();
    let calls = Rc::new(Cell::new(0));
    add_event(&ev, {
        let (ev, calls) = (ev.clone(), calls.clone());
        move |_| {
            calls.set(calls.get() + 1);
            if calls.get() == 1 {
                ev.trigger();
                poll_with(0)?;
            }
            Ok(false)
        }
    })?;
    ev.trigger();
    w.poll_with(0).await?;
    echo!("calls {} counted {}", calls.get(), active_descriptors());
    ev.trigger();
    if has_pending_operations() {
        w.poll_with(0).await?;
    }
    echo!("registration lost: {}", calls.get() == 1);
    Ok(())
}

async fn row_22_close_event_while_added(w: World) -> Result<()> {
    let ev = new_async_event();
    add_event(&ev, |_| true)?;
    ev.close();
    echo!("counted {}", active_descriptors());
    if has_pending_operations() {
        w.poll_with(10).await?;
        echo!("still pending {}", has_pending_operations());
    }
    Ok(())
}

async fn row_37_descriptors_used(w: World) -> Result<()> {
    let ready = new_async_event();
    add_event(&ready, |_| true)?;
    ready.trigger();
    add_timer(1, true, |_| true)?;
    add_signal(Signal::SIGUSR1, |_| true)?;
    raise(Kill::USR1)?;
    while has_pending_operations() {
        w.poll().await?;
    }
    let before = open()?;
    for _ in 1..=10 {
        add_timer(1000, true, |_| true)?;
    }
    for _ in 1..=10 {
        add_event(&new_async_event(), |_| true)?;
    }
    for s in [Signal::SIGUSR1, Signal::SIGUSR2] {
        add_signal(s, |_| true)?;
    }
    w.poll_with(0).await?;
    echo!("counted {}", active_descriptors());
    echo!("descriptors used {}", open()? - before);
    Ok(())
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

async fn row_07_event_replaced_inside_callback(w: World) -> Result<()> {
    let ev = new_async_event();
    let calls = Rc::new(Cell::new(0));
    add_event(&ev, {
        let (ev, calls) = (ev.clone(), calls.clone());
        move |_| {
            calls.set(calls.get() + 1);
            echo!("old, call {}", calls.get());
            if calls.get() == 1 {
                ev.unregister()?;
                add_event(&ev, |_| {
                    echo!("new");
                    true
                })?;
            }
            Ok(calls.get() == 3)
        }
    })?;
    while has_pending_operations() || calls.get() == 0 {
        ev.trigger();
        w.poll().await?;
        echo!("counted {}", active_descriptors());
    }
    ev.close();
    Ok(())
}

async fn row_04_raising_loses_other_events(w: World) -> Result<()> {
    let bad = new_async_event();
    let good = new_async_event();
    add_event(&bad, |_| -> Result<bool> {
        call_soon(|| echo!("queued by the bad one"));
        Err("bad".into())
    })?;
    add_event(&good, |_| {
        echo!("good one");
        true
    })?;
    bad.trigger();
    good.trigger();
    for _ in 1..=2 {
        match w.poll_with(0).await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("raised: {e}"),
        }
    }
    Ok(())
}
