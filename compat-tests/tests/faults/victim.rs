//! The process whose calls fail. It says where it listens, waits for a line (the tracer has attached), does its scene,
//! tells what it was told, and waits to be killed.

use std::cell::RefCell;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::ExitCode;
use std::rc::Rc;

use asyncdispatch::*;

use crate::scene::{ROUNDS, Scene, UNITS};

type Log = Rc<RefCell<Vec<Error>>>;

pub fn be_victim(scene: Scene) -> ExitCode {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let addr = listener.local_addr().expect("bound");
    let listener = register(listener).expect("a fresh descriptor");
    // What a dispatcher opens once and keeps is there before descriptors are counted: its runtime, its precise alarm.
    for _ in 0..20 {
        wait_for(sleep_async(1)).expect("a runtime");
    }
    say(&addr.to_string());
    let harness = heard().parse().expect("the harness's address");
    let log = Log::default();
    let over = async_proc(play(scene, listener, harness, log.clone()));
    if scene.serves() {
        let (remote, listener) = (get_global_dispatcher().remote(), listener);
        std::thread::spawn(move || {
            heard();
            remote.call_soon_threadsafe(move || drop(listener.close_socket()))
        });
    }
    let harmed = loop {
        match wait_for(&over) {
            Ok(harmed) => break harmed,
            Err(_) if over.failed() => break UNITS,
            Err(error) => say(&format!("loop {}", error.raw_os_error().unwrap_or_default())),
        }
    };
    let _idle = drain_with(20);
    tell(&log, harmed);
    heard();
    ExitCode::SUCCESS
}

fn tell(log: &Log, harmed: usize) {
    for error in log.borrow().iter() {
        say(&format!("failure {}", error.raw_os_error().unwrap_or_default()));
    }
    let pending = get_global_dispatcher().pending();
    let idle = !has_pending_operations() && active_descriptors() == 0;
    say(&format!("harmed {harmed}"));
    say(&format!("pending {}", if idle { "nothing".to_owned() } else { pending.to_string().replace('\n', "; ") }));
    say("quiet");
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the harness reads");
}

fn heard() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the harness writes");
    line.trim_end().to_owned()
}

/// Returns how many of its own parts did not come to their end.
async fn play(scene: Scene, listener: AsyncFD, harness: SocketAddr, log: Log) -> Result<usize> {
    match scene {
        Scene::Eager | Scene::Lazy | Scene::Callbacks => serve(scene, listener, log).await.map(|()| 0),
        Scene::Dial => units(listener, &log, |_| dialled(harness)).await,
        Scene::Datagrams => units(listener, &log, |_| datagrams()).await,
        Scene::Processes => units(listener, &log, |_| process()).await,
    }
}

async fn units<F: Future<Output = Result<()>>>(
    listener: AsyncFD,
    log: &Log,
    mut unit: impl FnMut(usize) -> F,
) -> Result<usize> {
    let mut harmed = 0;
    for number in 0..UNITS {
        if let Err(error) = unit(number).await {
            log.borrow_mut().push(error);
            harmed += 1;
        }
    }
    // In the serving scenes the harness has it closed: so all end with one descriptor less.
    listener.close_socket()?;
    register(UdpSocket::bind("127.0.0.1:0")?)?;
    Ok(harmed)
}

async fn serve(scene: Scene, listener: AsyncFD, log: Log) -> Result<()> {
    let mut clients = Vec::new();
    loop {
        let accepted = match scene {
            Scene::Lazy => listener.accept_client().await.map(|(client, _)| client),
            _ => listener.accept().await,
        };
        match accepted {
            Ok(client) => clients.push(async_proc(connection(scene, client, log.clone()))),
            Err(_) if !contains(&get_global_dispatcher(), listener) => break,
            Err(error) => {
                log.borrow_mut().push(error);
                sleep_async(1).await?;
            }
        }
    }
    for client in clients {
        client.await?;
    }
    register(UdpSocket::bind("127.0.0.1:0")?)?;
    Ok(())
}

async fn connection(scene: Scene, client: AsyncFD, log: Log) -> Result<()> {
    let done = match scene {
        Scene::Eager => echo_eager(client).await,
        Scene::Lazy => echo_lazy(client).await,
        _ => echo_callbacks(client).await,
    };
    if let Err(error) = done {
        log.borrow_mut().push(error);
    }
    client.close_socket()
}

async fn echo_eager(client: AsyncFD) -> Result<()> {
    loop {
        let data = client.recv(4096).await?;
        if data.is_empty() {
            return Ok(());
        }
        // By default Nim's `send` reports success when the other side is gone.
        client.send_with(data, SocketFlags::NONE).await?;
    }
}

async fn echo_lazy(client: AsyncFD) -> Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match client.read(&mut buffer).await? {
            0 => return Ok(()),
            size => client.write_all(&buffer[..size]).await?,
        }
    }
}

/// Waits with a callback, and echoes with calls of its own (`read` and `write`, which are not made to fail).
async fn echo_callbacks(client: AsyncFD) -> Result<()> {
    loop {
        let ready = new_future::<()>("ready");
        client.add_read({
            let ready = ready.clone();
            move |_| {
                ready.complete(());
                true
            }
        })?;
        ready.await?;
        let mut buffer = [0; 4096];
        let size = client.with_fd(|fd| rustix::io::read(fd, &mut buffer))?.map_err(std::io::Error::from)?;
        if size == 0 {
            return Ok(());
        }
        client.with_fd(|fd| rustix::io::write(fd, &buffer[..size]))?.map_err(std::io::Error::from)?;
    }
}

async fn dialled(harness: SocketAddr) -> Result<()> {
    let socket = dial("127.0.0.1", harness.port()).await?;
    let talked = talk(socket).await;
    socket.close_socket()?;
    talked
}

async fn talk(socket: AsyncFD) -> Result<()> {
    for round in 0..ROUNDS {
        socket.send_with([round as u8; 100], SocketFlags::NONE).await?;
        let mut back = [0; 100];
        socket.read_exact(&mut back).await?;
        assert_eq!(back, [round as u8; 100]);
    }
    Ok(())
}

async fn datagrams() -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let addr = socket.local_addr()?;
    let socket = register(socket)?;
    let talked = async {
        socket.send_to_with("datagram", addr, SocketFlags::NONE).await?;
        let (size, _, buffer) = socket.recv_from_into([0; 100]).await?;
        assert_eq!(&buffer[..size], b"datagram");
        Ok(())
    };
    let talked = talked.await;
    socket.close_socket()?;
    talked
}

async fn process() -> Result<()> {
    let mut child = std::process::Command::new("true").spawn()?;
    let ended = new_future::<()>("ended");
    let watched = add_process(&child, {
        let ended = ended.clone();
        move |_| {
            ended.complete(());
            true
        }
    });
    if watched.is_ok() {
        ended.await?;
    }
    child.wait()?;
    watched.map(drop)
}
