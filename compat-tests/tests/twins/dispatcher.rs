//! The dispatcher of a thread.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::thread;

pub const TWINS: &[Twin] = &[
    twin!(dispatcher_three_stores, "S1.2, S1.3, S1.4, S1.12"),
    twin!(dispatcher_new_installs_nothing, "S1.5, S1.6, S1.11"),
    twin!(dispatcher_replaced, "S1.6, S1.7", owning = "a guest is installed by whoever polls it"),
    twin!(dispatcher_replaced_with_timers, "S1.7, S1.2, S1.30", owning = "a guest is installed by whoever polls it"),
    twin!(dispatcher_a_thread, "S1.1, S1.18"),
    twin!(dispatcher_made_by_every_call, "S1.18, S1.6", owning = "a guest is installed by whoever polls it"),
    twin!(dispatcher_io_handler, "S1.8"),
    twin!(call_soon_never_at_once, "S1.17, S1.3, S2.8"),
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
