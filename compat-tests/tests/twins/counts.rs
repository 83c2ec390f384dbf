//! The dispatcher, its three stores, and what each operation counts.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::{Cell, RefCell},
    os::fd::AsRawFd,
    process::{Command, Stdio},
    rc::Rc,
    thread,
};

pub const TWINS: &[Twin] = &[
    twin!(dispatcher_three_stores, "S1.2, S1.3, S1.4, S1.12"),
    twin!(dispatcher_new_installs_nothing, "S1.5, S1.6, S1.11"),
    twin!(dispatcher_replaced, "S1.6, S1.7", owning = "a guest is installed by whoever polls it"),
    twin!(dispatcher_replaced_with_timers, "S1.7, S1.2, S1.30", owning = "a guest is installed by whoever polls it"),
    twin!(dispatcher_a_thread, "S1.1, S1.18"),
    twin!(dispatcher_made_by_every_call, "S1.18, S1.6", owning = "a guest is installed by whoever polls it"),
    twin!(dispatcher_io_handler, "S1.8"),
    twin!(register_counts_nothing, "S1.9, S1.11, S1.13, S1.19"),
    twin!(register_keeps_no_loop_alive, "S1.9, S1.19, S2.2", owning = "a guest never says that nothing is pending"),
    twin!(register_twice, "S1.9"),
    twin!(register_above_the_limit, "S1.9, S1.14"),
    twin!(unregister_forgets_callbacks, "S1.10, S1.29, S1.22"),
    twin!(unregister_not_registered, "S1.10"),
    twin!(unregister_idle_after_close, "S1.10"),
    twin!(contains_timer_and_event, "S1.11, S1.27, S1.10"),
    twin!(set_inheritable, "S1.15"),
    twin!(call_soon_never_at_once, "S1.17, S1.3, S2.8"),
    twin!(count_both_sides, "S1.20, S1.21, S1.22, S1.13"),
    twin!(count_inside_callback, "S1.22, S3.7"),
    twin!(count_custom, "S1.23, S1.24, S1.26, S1.27"),
    twin!(count_process, "S1.25"),
    twin!(count_timers_without_owner, "S1.30, S1.12"),
    twin!(count_queue, "S1.32, S1.33"),
    twin!(count_sockets, "S1.19, S1.20, S1.22"),
];

async fn dispatcher_three_stores(w: World) -> Result<()> {
    fn show(what: &str) {
        let d = get_global_dispatcher();
        echo!(
            "{what}: timers {} queue {} descriptors {} pending {}",
            d.timers().len(),
            d.callbacks().len(),
            active_descriptors(),
            has_pending_operations()
        );
    }
    show("fresh");
    let f = sleep_async(0);
    show("timer");
    w.poll().await?;
    show("polled");
    call_soon(|| show("in the queue"));
    show("queued");
    w.poll().await?;
    show("polled");
    let p = pipe()?;
    let r = register(p.reader)?;
    show("registered");
    add_read(r, |_| true)?;
    show("watched");
    put(&p.writer, "x")?;
    w.poll().await?;
    show("polled");
    echo!("timer's future: {}", f.finished());
    Ok(())
}

async fn dispatcher_new_installs_nothing(w: World) -> Result<()> {
    let p = pipe()?;
    let global = get_global_dispatcher();
    let other = new_dispatcher();
    let r = register(p.reader)?;
    call_soon(|| echo!("called"));
    drop(sleep_async(0));
    echo!("other: {} {} {}", other.contains(r), other.callbacks().len(), other.timers().len());
    echo!("global: {} {} {}", global.contains(r), global.callbacks().len(), global.timers().len());
    echo!("asked again: {} {}", get_global_dispatcher().contains(r), get_global_dispatcher().callbacks().len());
    w.poll().await?;
    echo!("global: {} {} {}", global.contains(r), global.callbacks().len(), global.timers().len());
    Ok(())
}

async fn dispatcher_replaced(w: World) -> Result<()> {
    let p = pipe()?;
    let first = get_global_dispatcher();
    let second = new_dispatcher();
    let r = register(p.reader)?;
    call_soon(|| echo!("called by the first"));
    match set_global_dispatcher(second.clone()) {
        Ok(()) => echo!("replaced"),
        Err(_) => echo!("refused"),
    }
    echo!("still the first: {}, queue {}", get_global_dispatcher().contains(r), first.callbacks().len());
    w.poll().await?;
    set_global_dispatcher(second)?;
    let wr = register(p.writer)?;
    echo!("the second: {} {}", get_global_dispatcher().contains(r), get_global_dispatcher().contains(wr));
    set_global_dispatcher(None)?;
    echo!("fresh: {} {}", get_global_dispatcher().contains(r), get_global_dispatcher().contains(wr));
    call_soon(|| echo!("called by the third"));
    w.poll().await?;
    set_global_dispatcher(first)?;
    echo!("the first: {} {}", get_global_dispatcher().contains(r), get_global_dispatcher().contains(wr));
    Ok(())
}

async fn dispatcher_replaced_with_timers(w: World) -> Result<()> {
    let first = get_global_dispatcher();
    let p = pipe()?;
    let r = register(p.reader)?;
    add_read(r, |_| {
        echo!("read callback");
        true
    })?;
    let f = sleep_async(0);
    f.add_callback(|_| echo!("timer callback"));
    set_global_dispatcher(new_dispatcher())?;
    echo!("second: pending {} descriptors {}", has_pending_operations(), active_descriptors());
    put(&p.writer, "x")?;
    call_soon(|| echo!("second's queue"));
    w.poll().await?;
    echo!("timer finished {}", f.finished());
    set_global_dispatcher(first.clone())?;
    echo!(
        "first: pending {} descriptors {} timers {}",
        has_pending_operations(),
        active_descriptors(),
        first.timers().len()
    );
    w.poll().await?;
    echo!("timer finished {} pending {}", f.finished(), has_pending_operations());
    Ok(())
}

async fn dispatcher_a_thread(w: World) -> Result<()> {
    fn work() -> Result<()> {
        echo!("thread: pending {}", has_pending_operations());
        call_soon(|| echo!("thread: called"));
        echo!("thread: pending {}", has_pending_operations());
        poll()?;
        echo!("thread: pending {}", has_pending_operations());
        Ok(())
    }
    call_soon(|| echo!("main: called"));
    thread::spawn(work).join().expect("the thread panicked")?;
    echo!("main: pending {}", has_pending_operations());
    w.poll().await?;
    echo!("main: pending {}", has_pending_operations());
    Ok(())
}

async fn dispatcher_made_by_every_call(w: World) -> Result<()> {
    fn fresh(what: &str) -> Result<()> {
        set_global_dispatcher(None)?;
        echo!("{what}");
        Ok(())
    }
    fresh("hasPendingOperations")?;
    echo!("{}", has_pending_operations());
    fresh("activeDescriptors")?;
    echo!("{}", active_descriptors());
    fresh("callSoon")?;
    call_soon(|| echo!("called"));
    w.poll().await?;
    fresh("sleepAsync")?;
    let f = sleep_async(0);
    f.add_callback(|_| echo!("slept"));
    w.poll().await?;
    fresh("register")?;
    let p = pipe()?;
    let r = register(p.reader)?;
    echo!("{}", get_global_dispatcher().contains(r));
    fresh("drain")?;
    w.drain().await?;
    fresh("addTimer")?;
    add_timer(1, true, |_| {
        echo!("fires");
        true
    })?;
    while has_pending_operations() {
        w.poll().await?;
    }
    Ok(())
}

async fn dispatcher_io_handler(_: World) -> Result<()> {
    let a = get_global_dispatcher();
    let b = new_dispatcher();
    echo!("there: {} {}", get_io_handler(&a).is_ok(), get_io_handler(&b).is_ok());
    echo!("nothing pending: {}", !has_pending_operations());
    Ok(())
}

async fn register_counts_nothing(_: World) -> Result<()> {
    let p = pipe()?;
    let d = get_global_dispatcher();
    let known = |raw| d.find(raw).is_some();
    let (r, w) = (p.reader.as_raw_fd(), p.writer.as_raw_fd());
    echo!("before: {} {}", known(r), known(w));
    let reader = register(p.reader)?;
    echo!(
        "registered: {} {} counted {} pending {}",
        known(r),
        known(w),
        active_descriptors(),
        has_pending_operations()
    );
    let writer = register(p.writer)?;
    echo!(
        "both: {} {} counted {} pending {}",
        contains(&d, reader),
        contains(&d, writer),
        active_descriptors(),
        has_pending_operations()
    );
    let back = unregister(reader)?.into_owned().ok_or("owned")?;
    echo!("unregistered: {} {} counted {}", contains(&d, reader), contains(&d, writer), active_descriptors());
    let reader = register(back)?;
    echo!("again: {} {} counted {}", contains(&d, reader), contains(&d, writer), active_descriptors());
    Ok(())
}

async fn register_keeps_no_loop_alive(w: World) -> Result<()> {
    let p = pipe()?;
    let r = register(p.reader)?;
    put(&p.writer, "x")?;
    match w.poll().await {
        Ok(()) => echo!("polled"),
        Err(e) => echo!("poll raised: {e}"),
    }
    echo!("known {}", contains(&get_global_dispatcher(), r));
    Ok(())
}

async fn register_twice(w: World) -> Result<()> {
    let p = pipe()?;
    // SAFETY: `p` outlives both keys.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    add_read(r, |_| {
        echo!("still called");
        true
    })?;
    // SAFETY: as above.
    match unsafe { register_raw(p.reader.as_raw_fd()) } {
        Ok(_) => echo!("registered twice"),
        Err(e) => echo!(
            "refused, already registered: {}",
            e.to_string().ends_with(&format!("Descriptor {} already registered", p.reader.as_raw_fd()))
        ),
    }
    echo!("counted {}", active_descriptors());
    put(&p.writer, "x")?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn register_above_the_limit(_: World) -> Result<()> {
    let soft = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    echo!("soft limit less one: {}", Some(max_descriptors()? as u64 + 1) == soft);
    for number in [max_descriptors()?, max_descriptors()? + 1, max_descriptors()? + 1000] {
        // SAFETY: no such descriptor can be open, and none is registered.
        match unsafe { register_raw(number as i32) } {
            Ok(_) => echo!("registered"),
            Err(e) => echo!("refused: {e}"),
        }
    }
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    Ok(())
}

async fn unregister_forgets_callbacks(w: World) -> Result<()> {
    let (a, b) = std::os::unix::net::UnixStream::pair()?;
    let a = register(a)?;
    add_read(a, |_| {
        echo!("read");
        true
    })?;
    add_write(a, |_| {
        echo!("write");
        true
    })?;
    put(&b, "abc")?;
    echo!("counted {}", active_descriptors());
    let open = unregister(a)?.into_owned().ok_or("owned")?;
    echo!(
        "counted {} pending {} known {}",
        active_descriptors(),
        has_pending_operations(),
        contains(&get_global_dispatcher(), a)
    );
    call_soon(|| echo!("queue"));
    w.poll().await?;
    echo!("still open, bytes read {}", rustix::io::read(&open, &mut [0; 8]).map_err(std::io::Error::from)?);
    Ok(())
}

async fn unregister_not_registered(_: World) -> Result<()> {
    fn attempt(fd: AsyncFD) {
        match unregister(fd) {
            Ok(_) => echo!("unregistered"),
            Err(e) => echo!(
                "refused: {}",
                e.to_string().ends_with(&format!("Descriptor {fd} is not registered in the selector!"))
            ),
        }
    }
    let p = pipe()?;
    // SAFETY: `p` outlives the keys.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    attempt(r);
    attempt(r);
    // SAFETY: as above.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    attempt(r);
    attempt(r);
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn unregister_idle_after_close(w: World) -> Result<()> {
    let p = pipe()?;
    // SAFETY: nothing uses the number between its closing and `unregister`.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    add_read(r, |_| true)?;
    put(&p.writer, "x")?;
    w.poll().await?;
    drop(p.reader);
    echo!("known {}", contains(&get_global_dispatcher(), r));
    let _ = unregister(r)?;
    echo!("known {} counted {}", contains(&get_global_dispatcher(), r), active_descriptors());
    Ok(())
}

#[allow(dead_code)]
async fn contains_timer_and_event(w: World) -> Result<()> {
    let d = get_global_dispatcher();
    let key = Rc::new(RefCell::new(None));
    let inside = |what: &'static str, answer: bool| {
        let (d, key) = (d.clone(), key.clone());
        move |fd: AsyncFD| {
            *key.borrow_mut() = Some(fd);
            echo!("in the {what}: {} counted {}", contains(&d, fd), active_descriptors());
            answer
        }
    };
    let known = || key.borrow().is_some_and(|fd| contains(&d, fd));
    add_timer(1, true, inside("timer", true))?;
    w.poll().await?;
    echo!("fired: {} counted {}", known(), active_descriptors());
    let ev = new_async_event();
    add_event(&ev, inside("event", true))?;
    trigger(&ev);
    w.poll().await?;
    echo!("answered true: {} counted {}", known(), active_descriptors());
    Ok(())
}

async fn set_inheritable(_: World) -> Result<()> {
    fn close_on_exec(fd: AsyncFD) -> Result<bool> {
        let flags = fd.with_fd(|fd| rustix::io::fcntl_getfd(fd))?.map_err(std::io::Error::from)?;
        Ok(flags.contains(rustix::io::FdFlags::CLOEXEC))
    }
    let s = create_async_native_socket()?;
    echo!("at first: {}", close_on_exec(s)?);
    echo!("{} {}", asyncdispatch::set_inheritable(s, true), close_on_exec(s)?);
    echo!("{} {}", asyncdispatch::set_inheritable(s, true), close_on_exec(s)?);
    echo!("{} {}", asyncdispatch::set_inheritable(s, false), close_on_exec(s)?);
    close_socket(s)?;
    echo!("closed: {} {}", asyncdispatch::set_inheritable(s, true), asyncdispatch::set_inheritable(s, false));
    Ok(())
}

async fn call_soon_never_at_once(w: World) -> Result<()> {
    call_soon(|| {
        echo!("first");
        call_soon(|| echo!("added by the first"));
        echo!("first ends");
    });
    echo!("queue {}", get_global_dispatcher().callbacks().len());
    call_soon(|| echo!("second"));
    call_soon(|| echo!("third"));
    echo!("queue {}", get_global_dispatcher().callbacks().len());
    w.poll().await?;
    echo!("queue {} pending {}", get_global_dispatcher().callbacks().len(), has_pending_operations());
    Ok(())
}

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
