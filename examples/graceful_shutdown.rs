//! A server that ends well: it stops accepting, lets its connections finish until a deadline, and cancels the rest.
//!
//! `cargo run --example graceful_shutdown -- [--guest] [ADDR] [DEADLINE_MS]`, then `nc 127.0.0.1 7070`: a line with a
//! number is a request that takes so many milliseconds. End it with Ctrl-C or SIGTERM
//! (on Windows Ctrl-Break); a second signal is the deadline.
//! With `--guest` it runs in a tokio runtime of the program's own, which changes nothing else.

use std::io::Write;
use std::time::Duration;

use asyncdispatch::*;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;

#[cfg(unix)]
const ENDS: [Signal; 2] = [Signal::SIGINT, Signal::SIGTERM];
#[cfg(windows)]
const ENDS: [Signal; 2] = [Signal::SIGINT, Signal::SIGBREAK];

fn main() -> Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let guest = args.first().is_some_and(|arg| arg == "--guest");
    args.drain(..usize::from(guest));
    let addr = args.first().cloned().unwrap_or("127.0.0.1:7070".into());
    let deadline = Duration::from_millis(args.get(1).map_or(Ok(5000), |ms| ms.parse())?);
    let service = async move { serve(&addr, deadline).await };
    if guest {
        return tokio::runtime::Runtime::new()?.block_on(run(service));
    }
    wait_for(async_proc(service))
}

async fn serve(addr: &str, deadline: Duration) -> Result<()> {
    let listener = std::net::TcpListener::bind(addr)?;
    println!("graceful_shutdown: listening on {}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let listener = register(listener)?;
    let (stop, hurry) = watch_signals()?;
    let mut connections = FuturesUnordered::new();
    loop {
        // All three branches are cancel safe: what loses has taken nothing.
        tokio::select! {
            accepted = listener.accept_client() => match accepted {
                Ok((client, _)) => connections.push(async_proc(answer_all(client, stop.clone())).abort_on_drop()),
                Err(error) => {
                    println!("graceful_shutdown: accept: {error}");
                    sleep_async(100).await?; // out of descriptors: some connections have to end first
                }
            },
            Some(ended) = connections.next() => report(ended),
            () = stop.cancelled() => break,
        }
    }
    close_socket(listener)?; // 1. who comes now is refused
    let finish = async {
        while let Some(ended) = connections.next().await {
            report(ended);
        }
    };
    tokio::select! {
        () = finish => {} // 2. the connections see `stop`, finish what they are at, and end
        () = tokio::time::sleep(deadline) => {}
        () = hurry.cancelled() => {}
    }
    println!("graceful_shutdown: ended, {} connections cut off", connections.len());
    drop(connections); // 3. the guards cancel what is left
    Ok(())
}

/// The first signal cancels one token, the next the other.
fn watch_signals() -> Result<(CancellationToken, CancellationToken)> {
    let (stop, hurry) = (CancellationToken::new(), CancellationToken::new());
    for signal in ENDS {
        let (stop, hurry) = (stop.clone(), hurry.clone());
        add_signal(signal, move |_| {
            if stop.is_cancelled() {
                hurry.cancel()
            } else {
                stop.cancel()
            }
            false
        })?;
    }
    Ok((stop, hurry))
}

fn report(ended: Result<()>) {
    if let Err(error) = ended {
        println!("graceful_shutdown: a connection: {error}");
    }
}

/// Closes the socket however its proc ends: a cancelled one is dropped where it stands.
struct Connection {
    socket: AsyncFD,
    input: Vec<u8>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _closed = self.socket.close_socket();
    }
}

/// Answers requests until the client or the server ends: then no new one is begun, but one that has begun is finished.
async fn answer_all(socket: AsyncFD, stop: CancellationToken) -> Result<()> {
    let mut connection = Connection { socket, input: Vec::new() };
    while let Some(Some(request)) = stop.run_until_cancelled(connection.line()).await.transpose()? {
        socket.write_all(b"working\n").await?;
        sleep_async(request.parse::<u32>()?).await?;
        socket.write_all(b"done\n").await?;
    }
    Ok(())
}

impl Connection {
    /// The next line; `None` at the end. Cancel safe: what was received stays in `input`.
    async fn line(&mut self) -> Result<Option<String>> {
        let mut chunk = [0; 512];
        loop {
            if let Some(end) = self.input.iter().position(|byte| *byte == b'\n') {
                let line = self.input.drain(..=end).collect::<Vec<u8>>();
                return Ok(Some(String::from_utf8_lossy(&line).trim().to_owned()));
            }
            if self.input.len() > 4096 {
                return Err("a line of more than 4096 bytes".into());
            }
            match self.socket.read(&mut chunk).await? {
                0 => return Ok(None),
                size => self.input.extend_from_slice(&chunk[..size]),
            }
        }
    }
}
