//! `poll` and `wait_for` inside callbacks and procs.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::cell::Cell;

pub const TWINS: &[Twin] = &[
    twin!(nested_poll_from_queue, "S2.19", owning = "polls inside a callback"),
    twin!(nested_poll_from_descriptor, "S2.19, S3.4, S3.6", owning = "polls inside a callback"),
    twin!(nested_poll_later_descriptors, "S2.19, S2.5", owning = "polls inside a callback"),
    twin!(nested_poll_from_timer_and_event, "S2.19, S6.4", owning = "polls inside a callback"),
    twin!(nested_wait_for, "S2.19, S2.22", owning = "waits inside an async proc"),
    twin!(nested_wait_for_in_callback, "S2.19, S2.22", owning = "waits inside a callback"),
];

async fn nested_poll_from_queue(_: World) -> Result<()> {
    call_soon(|| {
        echo!("first begins");
        poll()?;
        echo!("first ends");
        Ok(())
    });
    call_soon(|| echo!("second"));
    call_soon(|| {
        call_soon(|| echo!("fourth"));
        echo!("third");
    });
    poll()?;
    echo!("polled, pending {}", has_pending_operations());
    Ok(())
}

async fn nested_poll_from_descriptor(_: World) -> Result<()> {
    let (a, to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    let depth = Cell::new(0);
    add_read(a, move |_| {
        depth.set(depth.get() + 1);
        echo!("a begins, depth {} counted {}", depth.get(), active_descriptors());
        if depth.get() == 1 {
            call_soon(|| echo!("queue"));
            poll_with(0)?;
            echo!("a polled, counted {}", active_descriptors());
        }
        Ok(depth.get() == 2)
    })?;
    add_read(b, |_| {
        echo!("b");
        true
    })?;
    put(&to_a, "x")?;
    put(&to_b, "x")?;
    poll()?;
    echo!("polled, counted {}", active_descriptors());
    poll()?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn nested_poll_later_descriptors(_: World) -> Result<()> {
    let mut writers = Vec::new();
    let mut watch = |i: i32| -> Result<()> {
        let (r, writer) = new_pipe()?;
        writers.push(writer);
        add_read(r, move |_| {
            echo!("pipe {i} begins");
            if i == 0 {
                poll()?;
            }
            echo!("pipe {i} ends");
            Ok(true)
        })
    };
    for i in 0..=2 {
        watch(i)?;
    }
    for writer in &writers {
        put(writer, "x")?;
    }
    poll()?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn nested_poll_from_timer_and_event(_: World) -> Result<()> {
    add_timer(1, true, |_| {
        echo!("timer begins");
        call_soon(|| echo!("queued by the timer"));
        poll_with(0)?;
        echo!("timer ends");
        Ok(true)
    })?;
    poll()?;
    echo!("counted {}", active_descriptors());
    let ev = new_async_event();
    let mut calls = 0;
    add_event(&ev, move |_| {
        calls += 1;
        echo!("event begins");
        call_soon(|| echo!("queued by the event"));
        poll_with(0)?;
        echo!("event ends");
        Ok(calls == 2)
    })?;
    for _ in 1..=2 {
        trigger(&ev);
        poll()?;
        echo!("counted {}", active_descriptors());
    }
    Ok(())
}

async fn nested_wait_for(_: World) -> Result<()> {
    fn inner(name: &'static str, ms: i32) -> NimFuture<()> {
        async_proc(async move {
            sleep_async(ms).await?;
            echo!("{name} has slept");
            Ok(())
        })
    }
    fn outer() -> NimFuture<()> {
        async_proc(async {
            echo!("outer begins");
            sleep_async(1).await?;
            echo!("outer waits");
            wait_for(inner("the nested one", 300))?;
            echo!("outer ends");
            Ok(())
        })
    }
    let quick = inner("the quick one", 150);
    let f = outer();
    wait_for(quick)?;
    echo!("quick is over, outer finished {}", f.finished());
    wait_for(f)?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn nested_wait_for_in_callback(_: World) -> Result<()> {
    call_soon(|| {
        echo!("a begins");
        call_soon(|| {
            echo!("b begins");
            wait_for(sleep_async(1))?;
            echo!("b ends");
            Ok(())
        });
        wait_for(sleep_async(20))?;
        echo!("a ends");
        Ok(())
    });
    call_soon(|| echo!("c"));
    poll()?;
    echo!("polled, pending {}", has_pending_operations());
    Ok(())
}
