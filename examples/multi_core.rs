//! All cores of the machine: one dispatcher a thread, and the threads share nothing but a port. On Linux each has a
//! listener of its own there (SO_REUSEPORT), over which the kernel spreads connections; elsewhere it does not, so that
//! they have one listener together, and who is first accepts.
//!
//! `cargo run --release --example multi_core -- [ADDR]` echoes on 127.0.0.1:7009. With `--demo` in the place of ADDR it
//! makes connections of its own, tells which thread served how many, and ends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use asyncdispatch::*;
use socket2::{Domain, Socket, Type};

const DEMO_CONNECTIONS: usize = 400;

fn main() -> Result<()> {
    let arg = std::env::args().nth(1);
    let demo = arg.as_deref() == Some("--demo");
    let addr = if demo { "127.0.0.1:0" } else { arg.as_deref().unwrap_or("127.0.0.1:7009") };
    let cores = if demo { 4 } else { thread::available_parallelism()?.get() };
    let first = listen(addr.parse()?)?;
    let addr = first.local_addr()?.as_socket().ok_or("not an Internet address")?;
    let mut listeners = vec![first];
    while listeners.len() < cores {
        let another = if cfg!(target_os = "linux") { listen(addr)? } else { listeners[0].try_clone()? };
        listeners.push(another);
    }
    let workers = listeners.into_iter().map(Worker::start).collect::<Result<Vec<_>>>()?;
    println!("listening on {} threads", workers.len());
    if demo {
        for _ in 0..DEMO_CONNECTIONS {
            talk(addr)?;
        }
        workers.iter().for_each(|worker| worker.end.trigger());
    }
    finish(workers)
}

/// Sockets that are to share a port say so before they are bound, each of them.
fn listen(addr: SocketAddr) -> Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_socket_reuseport(&socket, true).map_err(std::io::Error::from)?;
    socket.bind(&addr.into())?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A thread with a dispatcher; what other threads may touch.
struct Worker {
    thread: JoinHandle<Result<()>>,
    served: Arc<AtomicUsize>,
    end: AsyncEvent,
}

impl Worker {
    fn start(listener: Socket) -> Result<Worker> {
        let (served, end) = (Arc::new(AtomicUsize::new(0)), new_async_event());
        let (counted, ended) = (served.clone(), end.clone());
        // The free functions act on the dispatcher of the thread that calls them, which is made there.
        let thread = thread::spawn(move || {
            let end = new_future("end");
            let (told, wait) = (end.clone(), end);
            add_event(&ended, move |_| told.try_complete(()).is_ok())?;
            async_check(async_proc(serve(AsyncFD::try_from(listener)?, counted)));
            wait_for(wait)
        });
        Ok(Worker { thread, served, end })
    }
}

async fn serve(listener: AsyncFD, served: Arc<AtomicUsize>) -> Result<()> {
    loop {
        match listener.accept_client().await {
            Ok((client, _)) => async_check(async_proc(connection(client, served.clone()))),
            Err(error) if !matches!(error.kind(), ErrorKind::Os | ErrorKind::TooManyDescriptors) => return Err(error),
            // Out of descriptors or of memory: some connections have to end first.
            Err(error) => {
                eprintln!("accept: {error}");
                sleep_async(50).await?;
            }
        }
    }
}

/// A connection that breaks is its own affair.
async fn connection(client: AsyncFD, served: Arc<AtomicUsize>) -> Result<()> {
    served.fetch_add(1, Ordering::Relaxed);
    if let Err(error) = echo(client).await {
        eprintln!("connection: {error}");
    }
    client.close_socket()
}

async fn echo(client: AsyncFD) -> Result<()> {
    let mut buffer = vec![0; 16_384];
    loop {
        match client.read(&mut buffer).await? {
            0 => return Ok(()),
            size => client.write_all(&buffer[..size]).await?,
        }
    }
}

fn talk(addr: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    stream.write_all(b"hello")?;
    let mut reply = [0; 5];
    stream.read_exact(&mut reply)?;
    if &reply != b"hello" {
        return Err("the echo is not what was said".into());
    }
    Ok(())
}

/// Waits for the threads; each ends with its dispatcher and all that is in it.
fn finish(workers: Vec<Worker>) -> Result<()> {
    let (mut all, mut idle) = (0, 0);
    for worker in workers {
        worker.thread.join().map_err(|_| "a thread panicked")??;
        let served = worker.served.load(Ordering::Relaxed);
        println!("a thread served {served}");
        all += served;
        idle += usize::from(served == 0);
    }
    println!("multi_core: {all} connections served, {idle} threads idle");
    Ok(())
}
