//! `AsyncEvent`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{cell::Cell, rc::Rc, thread};

pub const TWINS: &[Twin] = &[
    twin!(event_trigger_before_add, "S6.4, S1.26, S1.27"),
    twin!(event_triggers_merge, "S6.4"),
    twin!(event_stays_or_goes, "S6.4, S1.27"),
    twin!(event_added_again, "S6.4"),
    twin!(event_added_twice, "S6.4"),
    twin!(event_triggered_inside_callback, "S6.4"),
    twin!(event_unregistered_inside_callback, "S6.4, S1.27"),
    twin!(event_replaced_inside_callback_true, "S6.4"),
    twin!(event_unregistered_between_polls, "S6.4"),
    twin!(event_unregistered_in_same_poll, "S6.1, S6.4"),
    twin!(event_from_thread, "S6.4"),
    twin!(event_from_many_threads, "S6.4"),
    twin!(event_equality, "S6.4"),
    twin!(event_order, "S6.4, S2.5"),
    twin!(event_as_future, "S6.4, S8.2"),
];

async fn event_trigger_before_add(w: World) -> Result<()> {
    let ev = new_async_event();
    ev.trigger();
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    add_event(&ev, |_| {
        echo!("served, counted {}", active_descriptors());
        true
    })?;
    echo!("counted {}", active_descriptors());
    w.poll().await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    ev.close();
    Ok(())
}

async fn event_triggers_merge(w: World) -> Result<()> {
    let ev = new_async_event();
    let calls = Rc::new(Cell::new(0));
    let c = calls.clone();
    add_event(&ev, move |_| {
        c.set(c.get() + 1);
        echo!("call {}", c.get());
        false
    })?;
    for _ in 1..=5 {
        ev.trigger();
    }
    w.poll_with(0).await?;
    echo!("polled");
    w.poll_with(0).await?;
    echo!("polled, calls {}", calls.get());
    ev.trigger();
    w.poll_with(0).await?;
    ev.unregister()?;
    ev.close();
    Ok(())
}

async fn event_stays_or_goes(w: World) -> Result<()> {
    let ev = new_async_event();
    let mut calls = 0;
    add_event(&ev, move |_| {
        calls += 1;
        echo!("call {calls}");
        calls == 3
    })?;
    for _ in 1..=3 {
        ev.trigger();
        w.poll().await?;
        echo!("counted {}", active_descriptors());
    }
    ev.trigger();
    echo!("pending {}", has_pending_operations());
    ev.close();
    Ok(())
}

async fn event_added_again(w: World) -> Result<()> {
    let ev = new_async_event();
    for i in 1..=3 {
        let name = format!("registration {i}");
        add_event(&ev, move |_| {
            echo!("{name}");
            true
        })?;
        if i == 1 {
            ev.trigger();
        }
        w.poll_with(0).await?;
        echo!("counted {}", active_descriptors());
        ev.trigger();
    }
    ev.close();
    Ok(())
}

async fn event_added_twice(w: World) -> Result<()> {
    let ev = new_async_event();
    if let Err(e) = ev.unregister() {
        echo!("{e}");
    }
    add_event(&ev, |_| {
        echo!("the first");
        true
    })?;
    if let Err(e) = add_event(&ev, |_| {
        echo!("the second");
        true
    }) {
        echo!("{e}");
    }
    ev.trigger();
    w.poll().await?;
    if let Err(e) = ev.unregister() {
        echo!("{e}");
    }
    echo!("counted {}", active_descriptors());
    ev.close();
    Ok(())
}

async fn event_triggered_inside_callback(w: World) -> Result<()> {
    let ev = new_async_event();
    let mut calls = 0;
    add_event(&ev, {
        let ev = ev.clone();
        move |_| {
            calls += 1;
            echo!("call {calls}");
            if calls < 3 {
                ev.trigger();
            }
            calls == 3
        }
    })?;
    ev.trigger();
    while has_pending_operations() {
        w.poll().await?;
        echo!("polled");
    }
    ev.close();
    Ok(())
}

async fn event_unregistered_inside_callback(w: World) -> Result<()> {
    let ev = new_async_event();
    for answer in [true, false] {
        add_event(&ev, {
            let ev = ev.clone();
            move |_| {
                ev.unregister()?;
                echo!("unregistered, counted {}", active_descriptors());
                Ok(answer)
            }
        })?;
        ev.trigger();
        w.poll().await?;
        echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    }
    ev.close();
    Ok(())
}

async fn event_replaced_inside_callback_true(w: World) -> Result<()> {
    let ev = new_async_event();
    add_event(&ev, {
        let ev = ev.clone();
        move |_| {
            echo!("old");
            ev.unregister()?;
            add_event(&ev, |_| {
                echo!("new");
                true
            })?;
            Ok(true)
        }
    })?;
    for _ in 1..=2 {
        ev.trigger();
        w.poll().await?;
        echo!("counted {}", active_descriptors());
    }
    ev.close();
    Ok(())
}

async fn event_unregistered_between_polls(w: World) -> Result<()> {
    let ev = new_async_event();
    add_event(&ev, |_| {
        echo!("not called");
        true
    })?;
    ev.trigger();
    unregister(&ev)?;
    echo!("pending {}", has_pending_operations());
    add_event(&ev, |_| {
        echo!("called");
        true
    })?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    close(&ev);
    Ok(())
}

async fn event_from_thread(w: World) -> Result<()> {
    fn work(ev: &AsyncEvent) {
        block(30);
        echo!("thread triggers");
        ev.trigger();
    }

    let ev = new_async_event();
    let mut calls = 0;
    add_event(&ev, move |_| {
        calls += 1;
        echo!("call {calls}");
        calls == 3
    })?;
    for _ in 1..=3 {
        let thread = thread::spawn({
            let ev = ev.clone();
            move || work(&ev)
        });
        w.poll_with(-1).await?;
        thread.join().map_err(|_| "the thread panicked")?;
    }
    echo!("counted {}", active_descriptors());
    ev.close();
    Ok(())
}

async fn event_from_many_threads(w: World) -> Result<()> {
    fn work(ev: &AsyncEvent) {
        for _ in 1..=100 {
            ev.trigger();
        }
    }

    let ev = new_async_event();
    let calls = Rc::new(Cell::new(0));
    add_event(&ev, {
        let calls = calls.clone();
        move |_| {
            calls.set(calls.get() + 1);
            false
        }
    })?;
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| work(&ev));
        }
    });
    w.poll_with(0).await?;
    w.poll_with(0).await?;
    echo!("calls {}", calls.get());
    ev.unregister()?;
    ev.close();
    Ok(())
}

async fn event_equality(w: World) -> Result<()> {
    let a = new_async_event();
    let b = AsyncEvent::new();
    let c = a.clone();
    #[allow(clippy::eq_op)]
    let itself = a == a;
    echo!("{itself} {} {}", a == b, a == c);
    add_event(&a, |_| {
        echo!("called");
        true
    })?;
    trigger(&b);
    w.poll_with(0).await?;
    echo!("b is another");
    trigger(&c);
    w.poll_with(0).await?;
    a.close();
    b.close();
    Ok(())
}

async fn event_order(w: World) -> Result<()> {
    fn add(name: usize) -> Result<AsyncEvent> {
        let ev = new_async_event();
        add_event(&ev, move |_| {
            echo!("event {name}");
            true
        })?;
        Ok(ev)
    }
    let mut events = Vec::new();
    for i in 0..=4 {
        events.push(add(i)?);
    }
    for i in [3, 0, 4, 1, 2] {
        events[i].trigger();
    }
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    events.iter().for_each(close);
    Ok(())
}

async fn event_as_future(w: World) -> Result<()> {
    fn next(ev: &AsyncEvent) -> Result<NimFuture<()>> {
        let f = new_future("next");
        add_event(ev, {
            let f = f.clone();
            move |_| {
                f.complete(());
                true
            }
        })?;
        Ok(f)
    }
    fn watch(ev: &AsyncEvent) -> NimFuture<()> {
        let ev = ev.clone();
        async_proc(async move {
            for i in 1..=3 {
                next(&ev)?.await?;
                echo!("event {i}");
                if i < 3 {
                    ev.trigger();
                }
            }
            Ok(())
        })
    }

    let ev = new_async_event();
    let done = watch(&ev);
    echo!("waiting, counted {}", active_descriptors());
    ev.trigger();
    w.wait_for(done).await?;
    echo!("counted {}", active_descriptors());
    ev.close();
    Ok(())
}

async fn event_unregistered_in_same_poll(w: World) -> Result<()> {
    let a = new_async_event();
    let b = new_async_event();
    add_event(&a, {
        let b = b.clone();
        move |_| {
            echo!("a unregisters b");
            b.unregister()?;
            Ok(true)
        }
    })?;
    add_event(&b, |_| {
        echo!("not called");
        true
    })?;
    a.trigger();
    b.trigger();
    w.poll().await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    a.close();
    b.close();
    Ok(())
}
