//! Where we mend Nim (rows of the list in the crate's docs): the same program, what Nim prints is recorded beside it
//! in `transcripts/differences/`, and what ours prints stands in the table.

use crate::socket::{known, listen, text};
use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::{fs::OFlags, process::Signal as Kill};
use std::{
    cell::{Cell, RefCell},
    net::{TcpStream, UdpSocket},
    os::unix::net::UnixStream,
    process::{Command, Stdio},
    rc::Rc,
};

pub const TWINS: &[Twin] = &[
    twin!(row_02_accepted_socket_blocks, "S4.9", instead = "non-blocking true\n"),
    twin!(
        row_03_two_accepts_one_connection,
        "S4.9",
        instead = "polled\nfirst true second false\npolled\nfirst true second true\n"
    ),
    twin!(row_06_unregister_ready_timer, "S6.1", instead = "one unregisters the other\npolled\ncounted 1\n"),
    twin!(row_10_close_socket_with_waiting_connect, "S5.1, S4.12", instead = "closed\nconnect: Bad file descriptor\n"),
    twin!(
        row_11_close_socket_hands_out_closed_number,
        "S5.1",
        instead = "the callback's descriptor is a new socket's: false\nregistered: false\n"
    ),
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
        row_23_callbacks_replaced,
        "S7.15, S7.16, S7.17, S7.19",
        instead = "callback of asyncCheck\ncallback of and\ncallback of or\ncallback of withTimeout\ntrue true true\n"
    ),
    twin!(row_23_awaiter_forgotten, "S7.19", instead = "waiter got 1\nin time true\n"),
    twin!(row_24_and_loses_failure, "S7.16", instead = "failed true\n"),
    twin!(row_25_with_timeout_leaves_timer, "S7.19, S1.31", instead = "in time true\ntimers 0 pending false\n"),
    twin!(row_26_second_completion, "S7.6", instead = "refused\nvalue 1\nrefused\nfailed false\n"),
    twin!(
        row_27_callbacks_before_a_dispatcher,
        "S7.2",
        instead = "completed\nadded\ncallback\nlate callback\npolled\n"
    ),
    twin!(row_27_stream_before_a_dispatcher, "S7.2, S7.30", instead = "read 1\nread 2\nread 3\nread 4\nreader ends\n"),
    twin!(row_28_newest_reader_first, "S7.32", instead = "true false false\n1 2 3\nend: true true\n"),
    twin!(
        row_28_failed_stream_drops_items,
        "S7.30",
        instead = "got 1, left 1\ngot 2, left 0\nfailed: broken, left 0\n"
    ),
    twin!(row_30_udp_refusal_is_lost, "S3.9", instead = "Connection refused\n"),
    twin!(
        row_31_resolution_failure,
        "S4.12, S4.13",
        instead =
            "dial returned, finished false\nits future failed\nconnect returned, finished false\nits future failed\n"
    ),
    twin!(row_32_wrong_domain, "S4.12, S4.11", instead = "returned, failed true\nrefused\n"),
    twin!(row_34_recv_of_nothing, "S4.3", instead = "of nothing: ''\nbehind it: 'data'\n"),
    twin!(
        row_37_descriptors_used,
        "S6.1, S6.2, S6.5",
        owning = "signals",
        instead = "counted 22\ndescriptors used 0\n"
    ),
    twin!(row_38_defect_in_proc, "S8.1", instead = "poll raised\nfailed true\n"),
    twin!(row_39_finished_before_finally, "S8.7", instead = "finally ends\ncaller got 1\n"),
    twin!(
        row_42_unregistered_socket,
        "S4.1, S4.6",
        instead = "recv returned, finished true\nFile descriptor not registered.\n\
                   send returned, finished true\nFile descriptor not registered.\n\
                   accept returned, finished true\nFile descriptor not registered.\n"
    ),
    twin!(
        row_43_close_socket_stops_at_false,
        "S5.1",
        instead = "reader 1\nreader 2\nreader 3\nExpecting async operations to stop when fd has closed.\n"
    ),
    twin!(row_43_close_socket_of_timer, "S5.1", instead = "refused\ncalls 1\n"),
    twin!(
        row_44_callbacks_cleared_under_an_awaiter,
        "S7.12, S7.13",
        instead = "a got 1\ncallback\nb got 2\na true b true\n"
    ),
];

/// How many descriptors the process has open.
fn open() -> Result<usize> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count())
}

async fn row_02_accepted_socket_blocks(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let _client = TcpStream::connect(("127.0.0.1", port))?;
    let accepted = w.wait_for(l.accept()).await?;
    let flags = accepted.with_fd(|fd| rustix::fs::fcntl_getfl(fd))?.map_err(std::io::Error::from)?;
    echo!("non-blocking {}", flags.contains(OFlags::NONBLOCK));
    Ok(())
}

async fn row_03_two_accepts_one_connection(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let f = l.accept_addr();
    let g = l.accept_addr();
    let mut clients = Vec::new();
    for _ in 1..=2 {
        clients.push(TcpStream::connect(("127.0.0.1", port))?);
        match w.poll_with(50).await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("poll raised: {e}"),
        }
        echo!("first {} second {}", f.finished(), g.finished());
    }
    Ok(())
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

async fn row_10_close_socket_with_waiting_connect(w: World) -> Result<()> {
    let (_l, port) = listen()?;
    let s = create_async_native_socket()?;
    let f = connect(s, "127.0.0.1", port);
    match s.close_socket() {
        Ok(()) => echo!("closed"),
        Err(e) => echo!("closeSocket raised: {e}"),
    }
    for _ in 1..=3 {
        if has_pending_operations() {
            w.poll_with(1).await?;
        }
    }
    if f.finished() {
        echo!("connect: {}", f.read_error()?);
    } else {
        echo!("connect: still pending");
    }
    Ok(())
}

async fn row_11_close_socket_hands_out_closed_number(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    a.add_read(|fd| {
        let stranger = create_async_native_socket()?;
        echo!("the callback's descriptor is a new socket's: {}", fd == stranger);
        echo!("registered: {}", known(fd));
        Ok(true)
    })?;
    a.close_socket()
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

async fn row_23_callbacks_replaced(w: World) -> Result<()> {
    fn future(name: &'static str) -> NimFuture<()> {
        let f = new_future(name);
        f.add_callback(move |_| echo!("callback of {name}"));
        f
    }
    let a = future("asyncCheck");
    let b = future("and");
    let c = future("or");
    let d = future("withTimeout");
    async_check(a.clone());
    let both = b.and(&b);
    let either = c.or(&new_future::<()>("never"));
    let in_time = d.with_timeout(1);
    for f in [a, b, c, d] {
        f.complete(());
    }
    w.drain_with(100).await?;
    echo!("{} {} {}", both.finished(), either.finished(), in_time.finished());
    Ok(())
}

async fn row_23_awaiter_forgotten(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    let waiter = {
        let f = f.clone();
        async_proc(async move {
            echo!("waiter got {}", f.await?);
            Ok(())
        })
    };
    let t = f.with_timeout(1);
    f.complete(1);
    w.drain_with(100).await?;
    echo!("in time {}", t.read()?);
    if !waiter.finished() {
        echo!("waiter: still pending");
    }
    Ok(())
}

async fn row_24_and_loses_failure(w: World) -> Result<()> {
    let a = new_future::<()>("a");
    let b = new_future::<()>("b");
    let both = a.and(&b);
    a.complete(());
    b.fail("b failed");
    w.poll().await?;
    echo!("failed {}", both.failed());
    Ok(())
}

async fn row_25_with_timeout_leaves_timer(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    let t = f.with_timeout(1000);
    f.complete(());
    w.poll_with(0).await?;
    echo!("in time {}", t.read()?);
    echo!("timers {} pending {}", get_global_dispatcher().timers().len(), has_pending_operations());
    Ok(())
}

async fn row_26_second_completion(_w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    f.complete(1);
    let again = caught(async {
        f.complete(2);
        Ok(())
    });
    match again.await {
        Ok(()) => echo!("nothing said"),
        Err(_) => echo!("refused"),
    }
    echo!("value {}", f.read()?);
    let late = caught(async {
        f.fail("late");
        Ok(())
    });
    match late.await {
        Ok(()) => echo!("nothing said"),
        Err(_) => echo!("refused"),
    }
    echo!("failed {}", f.failed());
    Ok(())
}

async fn row_27_callbacks_before_a_dispatcher(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    f.add_callback(|_| echo!("callback"));
    f.complete(());
    echo!("completed");
    f.add_callback(|_| echo!("late callback"));
    echo!("added");
    if has_pending_operations() {
        w.poll().await?;
        echo!("polled");
    }
    Ok(())
}

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

async fn row_30_udp_refusal_is_lost(w: World) -> Result<()> {
    let peer = UdpSocket::bind("127.0.0.1:0")?;
    let port = peer.local_addr()?.port();
    drop(peer);
    let s = w.wait_for(dial_with("127.0.0.1", port, Protocol::IPPROTO_UDP)).await?;
    let f = s.recv(100);
    w.wait_for(s.send("anybody there?")).await?;
    for _ in 1..=5 {
        if !f.finished() {
            w.poll_with(20).await?;
        }
    }
    if f.finished() {
        echo!("{}", f.read_error()?);
    } else {
        echo!("still pending");
    }
    Ok(())
}

async fn row_31_resolution_failure(w: World) -> Result<()> {
    let name = "x".repeat(300);
    let f = dial(&name, Port(80));
    echo!("dial returned, finished {}", f.finished());
    if w.wait_for(f).await.is_err_and(|e| e.kind() == ErrorKind::Resolve) {
        echo!("its future failed");
    }
    let s = create_async_native_socket()?;
    let f = connect(s, &name, Port(80));
    echo!("connect returned, finished {}", f.finished());
    if w.wait_for(f).await.is_err_and(|e| e.kind() == ErrorKind::Resolve) {
        echo!("its future failed");
    }
    Ok(())
}

async fn row_32_wrong_domain(_w: World) -> Result<()> {
    let s = create_async_native_socket()?;
    let f = connect_with(s, "127.0.0.1", Port(9), Domain::AF_INET6);
    echo!("returned, failed {}", f.failed());
    match create_async_native_socket_raw(9999, 9999, 9999, false) {
        Ok(bad) => echo!("created {bad}"),
        Err(_) => echo!("refused"),
    }
    Ok(())
}

async fn row_34_recv_of_nothing(w: World) -> Result<()> {
    let (a, b) = UnixStream::pair()?;
    a.set_nonblocking(true)?;
    let a = register(a)?;
    let f = a.recv(0);
    let g = a.recv(10);
    put(&b, "data")?;
    for _ in 1..=2 {
        if has_pending_operations() {
            w.poll_with(10).await?;
        }
    }
    match f.finished() {
        true => echo!("of nothing: '{}'", text(f.read()?)),
        false => echo!("of nothing: still pending"),
    }
    match g.finished() {
        true => echo!("behind it: '{}'", text(g.read()?)),
        false => echo!("behind it: still pending"),
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

async fn row_38_defect_in_proc(w: World) -> Result<()> {
    fn wrong(empty: Vec<i32>) -> NimFuture<()> {
        async_proc(async move {
            let mut empty = empty;
            sleep_async(1).await?;
            empty[3] = 1;
            Ok(())
        })
    }

    let f = wrong(Vec::new());
    match caught(w.poll()).await {
        Ok(()) => echo!("polled"),
        Err(_) => echo!("poll raised"),
    }
    if !f.finished() {
        w.poll().await?;
    }
    echo!("failed {}", f.failed());
    Ok(())
}

async fn row_39_finished_before_finally(w: World) -> Result<()> {
    fn work() -> NimFuture<i32> {
        async_proc(async {
            let body = async { Ok(1) }.await;
            sleep_async(1).await?;
            echo!("finally ends");
            body
        })
    }
    fn caller() -> NimFuture<()> {
        async_proc(async {
            echo!("caller got {}", work().await?);
            Ok(())
        })
    }

    w.wait_for(caller()).await?;
    w.drain_with(50).await
}

async fn row_42_unregistered_socket(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let _open = a.unregister()?;
    let f = a.recv(10);
    echo!("recv returned, finished {}", f.finished());
    echo!("{}", f.read_error()?);
    let f = a.send("x");
    echo!("send returned, finished {}", f.finished());
    echo!("{}", f.read_error()?);
    let f = a.accept();
    echo!("accept returned, finished {}", f.finished());
    echo!("{}", f.read_error()?);
    Ok(())
}

async fn row_43_close_socket_stops_at_false(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    for i in 1..=3 {
        a.add_read(move |_| {
            echo!("reader {i}");
            i != 1
        })?;
    }
    if let Err(e) = a.close_socket() {
        echo!("{e}");
    }
    Ok(())
}

async fn row_43_close_socket_of_timer(w: World) -> Result<()> {
    let key = Rc::new(Cell::new(None));
    let calls = Rc::new(Cell::new(0));
    add_timer(2, false, {
        let (key, calls) = (key.clone(), calls.clone());
        move |fd| {
            key.set(Some(fd));
            calls.set(calls.get() + 1);
            calls.get() == 2
        }
    })?;
    w.poll().await?;
    match key.get().ok_or("not called")?.close_socket() {
        Ok(()) => echo!("closed"),
        Err(_) => echo!("refused"),
    }
    echo!("calls {}", calls.get());
    Ok(())
}

async fn row_44_callbacks_cleared_under_an_awaiter(w: World) -> Result<()> {
    fn waiter(name: &'static str, f: &NimFuture<i32>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            echo!("{name} got {}", f.await?);
            Ok(())
        })
    }

    let f = new_future::<i32>("f");
    let g = new_future::<i32>("g");
    let a = waiter("a", &f);
    let b = waiter("b", &g);
    f.set_callback(|_| echo!("callback"));
    g.clear_callbacks();
    f.complete(1);
    g.complete(2);
    if has_pending_operations() {
        w.poll().await?;
    }
    echo!("a {} b {}", a.finished(), b.finished());
    Ok(())
}
