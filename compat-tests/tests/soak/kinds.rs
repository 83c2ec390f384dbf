//! What a worker may do next.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

use crate::Run;

type Played = Pin<Box<dyn Future<Output = Result<()>>>>;
pub type Kind = (&'static str, fn(Rc<Run>) -> Played);

pub const KINDS: &[Kind; 10] = &[
    ("lazy", |run| Box::pin(async move { talk(&run, run.echo, false).await })),
    ("eager", |run| Box::pin(async move { talk(&run, run.echo, true).await })),
    ("nim", |run| Box::pin(async move { talk(&run, run.nim_echo.unwrap_or(run.echo), true).await })),
    ("reset", |run| Box::pin(reset(run))),
    ("cancelled", |run| Box::pin(cancelled(run))),
    ("callbacks", |_| Box::pin(callbacks())),
    ("datagram", |_| Box::pin(datagram())),
    ("timers", |run| Box::pin(timers(run))),
    ("event", |_| Box::pin(event())),
    ("child", |_| Box::pin(child())),
];

pub async fn echo(client: AsyncFD) -> Result<()> {
    let mut buffer = [0; 2048];
    loop {
        match client.read(&mut buffer).await? {
            0 => return Ok(()),
            size => client.write_all(&buffer[..size]).await?,
        }
    }
}

fn some_bytes(run: &Run) -> Vec<u8> {
    let first = run.random.below(256);
    (0..1 + run.random.below(30_000)).map(|at| (at * 7 + first) as u8).collect()
}

async fn talk(run: &Run, port: u16, eager: bool) -> Result<()> {
    let socket = dial("127.0.0.1", port).await?;
    for _ in 0..run.random.below(5) {
        let data = some_bytes(run);
        let sending = if eager {
            socket.send_with(data.clone(), SocketFlags::NONE)
        } else {
            let data = data.clone();
            async_proc(async move { socket.write_all(&data).await })
        };
        let mut back = vec![0; data.len()];
        socket.read_exact(&mut back).await?;
        sending.await?;
        assert!(back == data, "other bytes came back");
    }
    socket.close_socket()
}

async fn reset(run: Rc<Run>) -> Result<()> {
    let socket = dial("127.0.0.1", run.echo).await?;
    socket.write(&some_bytes(&run)).await?;
    socket.with_fd(|fd| socket2::SockRef::from(&fd).set_linger(Some(Duration::ZERO)))??;
    socket.close_socket()
}

/// A receive is given up; the bytes are for the next one.
async fn cancelled(run: Rc<Run>) -> Result<()> {
    let socket = dial("127.0.0.1", run.echo).await?;
    let given_up = socket.recv(10);
    sleep_async(run.random.below(3) as u64).await?;
    assert!(given_up.cancel());
    socket.write_all(b"for the next").await?;
    let mut back = [0; 12];
    socket.read_exact(&mut back).await?;
    assert_eq!(&back, b"for the next");
    socket.close_socket()
}

async fn callbacks() -> Result<()> {
    let (ours, theirs) = pair()?;
    let done = new_future("read");
    ours.add_read({
        let (done, mut text) = (done.clone(), String::new());
        move |fd| -> Result<bool> {
            text += &read_some(fd, 1)?;
            if text == "abc" {
                done.complete(());
            }
            Ok(text.len() == 3)
        }
    })?;
    put(&theirs, "abc")?;
    done.await?;
    ours.close_socket()
}

async fn datagram() -> Result<()> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    let addr = socket.local_addr()?;
    let socket = register(socket)?;
    socket.send_to("datagram", addr).await?;
    let (size, _, buffer) = socket.recv_from_into([0; 20]).await?;
    assert_eq!(&buffer[..size], b"datagram");
    socket.close_socket()
}

async fn timers(run: Rc<Run>) -> Result<()> {
    let late = sleep_async(60_000);
    assert!(!with_timeout(&late, run.random.below(5) as u64).await?);
    assert!(late.cancel());
    let ticked = new_future("ticks");
    add_timer(1, false, {
        let (ticked, mut left) = (ticked.clone(), 3);
        move |_| {
            left -= 1;
            if left == 0 {
                ticked.complete(());
            }
            left == 0
        }
    })?;
    ticked.await
}

async fn event() -> Result<()> {
    let (event, heard) = (new_async_event(), new_future("event"));
    event.add({
        let heard = heard.clone();
        move |_| {
            heard.complete(());
            true
        }
    })?;
    let there = thread::spawn(move || event.trigger());
    heard.await?;
    there.join().expect("no panic");
    Ok(())
}

async fn child() -> Result<()> {
    let mut child = std::process::Command::new("true").spawn()?;
    let ended = new_future("child");
    add_process(&child, {
        let ended = ended.clone();
        move |_| {
            ended.complete(());
            true
        }
    })?;
    ended.await?;
    assert!(child.try_wait()?.is_some_and(|status| status.success()));
    Ok(())
}
