//! What counts as pending.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::Cell,
    process::{Command, Stdio},
};

pub const TWINS: &[Twin] = &[
    twin!(count_both_sides, "S1.20, S1.21, S1.22, S1.13"),
    twin!(count_inside_callback, "S1.22, S3.7"),
    twin!(count_custom, "S1.23, S1.24, S1.26, S1.27"),
    twin!(count_process, "S1.25"),
    twin!(count_timers_without_owner, "S1.30, S1.12"),
    twin!(count_queue, "S1.32, S1.33"),
    twin!(count_sockets, "S1.19, S1.20, S1.22"),
];

async fn count_both_sides(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let cb = |name: &'static str| {
        move |_| {
            echo!("{name}: counted {}", active_descriptors());
            true
        }
    };
    add_read(a, cb("read 1"))?;
    echo!("counted {}", active_descriptors());
    add_read(a, cb("read 2"))?;
    add_write(a, cb("write 1"))?;
    add_write(a, cb("write 2"))?;
    echo!("counted {}", active_descriptors());
    add_read(b, cb("other"))?;
    echo!("counted {}", active_descriptors());
    w.poll().await?;
    echo!("write side done: counted {}", active_descriptors());
    b.with_fd(|b| put(b, "x"))??;
    w.poll().await?;
    echo!("read side done: counted {}", active_descriptors());
    drop(unregister(b)?);
    echo!("unregistered: counted {}", active_descriptors());
    Ok(())
}

async fn count_inside_callback(w: World) -> Result<()> {
    let p = pipe()?;
    let r = register(p.reader)?;
    let mut calls = 0;
    add_read(r, move |_| {
        calls += 1;
        echo!("call {calls}: counted {}", active_descriptors());
        call_soon(|| echo!("queue: counted {} pending {}", active_descriptors(), has_pending_operations()));
        calls == 2
    })?;
    put(&p.writer, "x")?;
    w.poll().await?;
    echo!("polled: counted {}", active_descriptors());
    w.poll().await?;
    echo!("polled: counted {}", active_descriptors());
    Ok(())
}

async fn count_custom(w: World) -> Result<()> {
    add_timer(1, true, |_| {
        echo!("one-shot: {}", active_descriptors());
        true
    })?;
    echo!("counted {}", active_descriptors());
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    let n = Cell::new(0);
    add_timer(1, false, move |_| {
        n.set(n.get() + 1);
        echo!("repeating: {}", active_descriptors());
        n.get() == 2
    })?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    let ev = new_async_event();
    trigger(&ev);
    echo!("event: {} pending {}", active_descriptors(), has_pending_operations());
    add_event(&ev, |_| {
        echo!("in the event: {}", active_descriptors());
        true
    })?;
    echo!("added: {}", active_descriptors());
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    add_event(&ev, |_| true)?;
    unregister(&ev)?;
    echo!("unregistered: {}", active_descriptors());
    add_signal(Signal::SIGUSR1, |_| {
        echo!("in the signal: {}", active_descriptors());
        true
    })?;
    echo!("signal: {}", active_descriptors());
    raise(rustix::process::Signal::USR1)?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn count_process(w: World) -> Result<()> {
    let mut child = Command::new("/bin/sh").args(["-c", "read x"]).stdin(Stdio::piped()).spawn()?;
    add_process(&child, |_| {
        echo!("ended: {}", active_descriptors());
        false
    })?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    w.poll_with(0).await?;
    echo!("counted {}", active_descriptors());
    child.kill()?;
    w.poll_with(5000).await?;
    echo!("counted {}", active_descriptors());
    child.wait()?;
    Ok(())
}

async fn count_timers_without_owner(w: World) -> Result<()> {
    drop(sleep_async(5));
    drop(sleep_async(5));
    let d = get_global_dispatcher();
    echo!("timers {} descriptors {} pending {}", d.timers().len(), active_descriptors(), has_pending_operations());
    while !d.timers().is_empty() {
        w.poll().await?;
    }
    echo!("timers {} pending {}", d.timers().len(), has_pending_operations());
    Ok(())
}

async fn count_queue(w: World) -> Result<()> {
    let d = get_global_dispatcher();
    let f = new_future::<i32>("f");
    f.add_callback(|_| echo!("one"));
    f.add_callback(|_| echo!("two"));
    echo!("pending future: queue {} pending {}", d.callbacks().len(), has_pending_operations());
    f.complete(1);
    echo!("completed: queue {} pending {}", d.callbacks().len(), has_pending_operations());
    f.add_callback(|_| echo!("three"));
    echo!("added to a finished one: queue {}", d.callbacks().len());
    let e = d.clone();
    call_soon(move || echo!("queue inside {}", e.callbacks().len()));
    let g = new_future::<i32>("g");
    g.complete(2);
    echo!("completed without callbacks: queue {}", d.callbacks().len());
    w.poll().await?;
    echo!("queue {} pending {}", d.callbacks().len(), has_pending_operations());
    Ok(())
}

async fn count_sockets(w: World) -> Result<()> {
    let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    let listener = register(server)?;
    echo!("created: {}", active_descriptors());
    let accepted = accept(listener);
    echo!("accepting: {}", active_descriptors());
    let client = w.wait_for(dial("127.0.0.1", port)).await?;
    let peer = w.wait_for(accepted).await?;
    let d = get_global_dispatcher();
    echo!("connected: {} known {} {}", active_descriptors(), contains(&d, client), contains(&d, peer));
    let f = recv(peer, 10);
    echo!("receiving: {}", active_descriptors());
    w.wait_for(send(client, "hello")).await?;
    echo!("got {}, counted {}", String::from_utf8_lossy(&w.wait_for(f).await?), active_descriptors());
    for s in [listener, client, peer] {
        close_socket(s)?;
    }
    echo!("closed: {} pending {}", active_descriptors(), has_pending_operations());
    Ok(())
}
