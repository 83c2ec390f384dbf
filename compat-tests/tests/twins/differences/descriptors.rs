//! Registrations and their lists.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use socket2::SockRef;
use std::{
    fs::File,
    net::{Shutdown, UdpSocket},
    os::fd::{AsRawFd, OwnedFd},
    os::unix::net::UnixStream,
};

pub const TWINS: &[Twin] = &[
    twin!(
        row_01_half_close_disarms_sender,
        "S3.9",
        instead = "half closed, counted 1\nwrite list\npolled, counted 0\n"
    ),
    twin!(
        row_04_raising_drops_the_list,
        "S2.15",
        instead = "first\nraised: second\ncounted 1\nthird\nqueue\ncounted 1\nthird\nqueue\ncounted 1\n"
    ),
    twin!(row_07_number_registered_again_inside, "S3.8", instead = "old, call 1\nqueue\nnew\nqueue\ncounted 0\n"),
    twin!(
        row_08_closed_without_unregister,
        "S1.10, S1.11",
        instead = "unregistered\ncounted 0 known false\nsame number: true\nregistered\n"
    ),
    twin!(row_09_unregister_abandons, "S1.10", instead = "callback of recv\nqueue\nfinished true\n"),
    twin!(
        row_35_failed_add_read_leaves_callback,
        "S3.2",
        instead = "raised: Operation not permitted (code: 1)\nof the second call\ncounted 0\n"
    ),
    twin!(
        row_36_numbers_out_of_range,
        "S1.9, S1.11, S3.2",
        instead = "contains -1: false\ncontains 5000: false\nregister -1: refused\n"
    ),
    twin!(watched_again_keeps_its_place, "S2.5, S3.7", instead = "first\nsecond\npolled\nfirst\nsecond\ncounted 0\n"),
    twin!(send_after_the_named, "S2.5, S4.8", instead = "sent\nreceived\nreceived\nsent again\ncounted 0\n"),
];

async fn row_01_half_close_disarms_sender(w: World) -> Result<()> {
    let (a, b) = UnixStream::pair()?;
    a.set_nonblocking(true)?;
    fill(&a)?;
    let a = register(a)?;
    add_write(a, |_| {
        echo!("write list");
        true
    })?;
    b.shutdown(Shutdown::Write)?;
    w.poll_with(0).await?;
    echo!("half closed, counted {}", active_descriptors());
    b.set_nonblocking(true)?;
    while rustix::io::read(&b, &mut [0; 65536]).is_ok_and(|n| n > 0) {}
    match w.poll_with(100).await {
        Ok(()) => echo!("polled, counted {}", active_descriptors()),
        Err(e) => echo!("raised: {e}"),
    }
    Ok(())
}

async fn row_04_raising_drops_the_list(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |_| {
        echo!("first");
        true
    })?;
    add_read(r, |_| -> Result<bool> { Err("second".into()) })?;
    add_read(r, |_| {
        echo!("third");
        false
    })?;
    add_read(r, |_| {
        echo!("fourth");
        true
    })?;
    put(&writer, "x")?;
    if let Err(e) = w.poll().await {
        echo!("raised: {e}");
    }
    echo!("counted {}", active_descriptors());
    for _ in 1..=2 {
        call_soon(|| echo!("queue"));
        w.poll_with(0).await?;
        echo!("counted {}", active_descriptors());
    }
    Ok(())
}

async fn row_07_number_registered_again_inside(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let mut calls = 0;
    add_read(r, move |fd| {
        calls += 1;
        echo!("old, call {calls}");
        if calls == 1 {
            let open = unregister(fd)?.into_owned().ok_or("it is owned")?;
            let fd = register(open)?;
            add_read(fd, |_| {
                echo!("new");
                true
            })?;
        }
        Ok(calls == 2)
    })?;
    put(&writer, "x")?;
    for _ in 1..=2 {
        call_soon(|| echo!("queue"));
        w.poll_with(0).await?;
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn row_08_closed_without_unregister(_: World) -> Result<()> {
    let p = pipe()?;
    let number = p.reader.as_raw_fd();
    // SAFETY: nothing uses the number between its closing and `unregister`.
    let r = unsafe { register_raw(number) }?;
    add_read(r, |_| true)?;
    drop(p.reader);
    match unregister(r) {
        Ok(_) => echo!("unregistered"),
        Err(e) => echo!("raised: {e}"),
    }
    echo!("counted {} known {}", active_descriptors(), contains(&get_global_dispatcher(), r));
    let stranger = pipe()?;
    echo!("same number: {}", stranger.reader.as_raw_fd() == number);
    match register(stranger.reader) {
        Ok(_) => echo!("registered"),
        Err(_) => echo!("refused: the stranger is already registered"),
    }
    Ok(())
}

async fn row_09_unregister_abandons(w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let f = recv(a, 10);
    f.add_callback(|_| echo!("callback of recv"));
    add_read(a, |_| {
        echo!("raw callback");
        true
    })?;
    let _ = unregister(a)?;
    call_soon(|| echo!("queue"));
    w.poll().await?;
    echo!("finished {}", f.finished());
    Ok(())
}

async fn row_35_failed_add_read_leaves_callback(w: World) -> Result<()> {
    let p = pipe()?;
    let mut file = OwnedFd::from(File::open("/proc/self/exe")?);
    // SAFETY: `file` stays open to the end.
    let fd = unsafe { register_raw(file.as_raw_fd()) }?;
    if let Err(e) = add_read(fd, |_| {
        echo!("of the failed call");
        true
    }) {
        echo!("raised: {e}");
    }
    rustix::io::dup2(&p.reader, &mut file).map_err(std::io::Error::from)?;
    put(&p.writer, "x")?;
    add_read(fd, |_| {
        echo!("of the second call");
        true
    })?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    let _ = unregister(fd)?;
    Ok(())
}

async fn row_36_numbers_out_of_range(_: World) -> Result<()> {
    let d = get_global_dispatcher();
    echo!("contains -1: {}", d.find(-1).is_some());
    echo!("contains 5000: {}", d.find(5000).is_some());
    // SAFETY: it is no descriptor.
    match unsafe { register_raw(-1) } {
        Ok(_) => echo!("register -1: registered"),
        Err(_) => echo!("register -1: refused"),
    }
    Ok(())
}

async fn watched_again_keeps_its_place(w: World) -> Result<()> {
    fn watch(name: &'static str, r: AsyncFD) -> Result<()> {
        add_read(r, move |fd| {
            echo!("{name}");
            read_some(fd, 1)?;
            Ok(true)
        })
    }

    let (r, writer) = new_pipe()?;
    let (s, other) = new_pipe()?;
    put(&writer, "xx")?;
    put(&other, "xx")?;
    watch("first", r)?;
    watch("second", s)?;
    w.poll().await?;
    echo!("polled");
    watch("second", s)?;
    watch("first", r)?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn send_after_the_named(w: World) -> Result<()> {
    let server = UdpSocket::bind("127.0.0.1:0")?;
    let address = server.local_addr()?;
    let (server, client) = (register(server)?, register(UdpSocket::bind("127.0.0.1:0")?)?);
    let sends = |label: &'static str| client.send_to("x", address).add_callback(move |_| echo!("{label}"));
    let receives = || server.recv(1).add_callback(|_| echo!("received"));
    sends("sent");
    w.poll().await?;
    receives();
    w.poll().await?;
    sends("sent again");
    client.with_fd(|fd| SockRef::from(&fd).send_to(b"x", &address.into()))??;
    receives();
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}
