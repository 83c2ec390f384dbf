//! A line protocol with `tokio_util::codec`, over descriptors of the dispatcher: a store of words by name.
//!
//! `cargo run --example framed_lines -- [ADDR]` serves on 127.0.0.1:7008; talk with `nc 127.0.0.1 7008`:
//! `set NAME WORD`, `get NAME`, `quit`. With `--demo` in the place of ADDR it talks to itself and ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, Error, FdStream, Result, async_check, async_proc, dial, register, wait_for};
use futures::{SinkExt, StreamExt};
use tokio_util::codec::{Framed, LinesCodec};

/// Longer lines are an error.
const LINE_BYTES: usize = 1024;

type Store = Rc<RefCell<HashMap<String, String>>>;
type Lines = Framed<FdStream, LinesCodec>;

fn main() -> Result<()> {
    let arg = std::env::args().nth(1);
    let demo = arg.as_deref() == Some("--demo");
    let addr = if demo { "127.0.0.1:0" } else { arg.as_deref().unwrap_or("127.0.0.1:7008") };
    let listener = std::net::TcpListener::bind(addr)?;
    let port = listener.local_addr()?.port();
    let serving = async_proc(serve(register(listener)?));
    if demo {
        return wait_for(async_proc(talk(port)));
    }
    println!("listening on port {port}");
    wait_for(serving)
}

async fn serve(listener: AsyncFD) -> Result<()> {
    let store = Store::default();
    loop {
        let (client, _) = listener.accept_client().await?;
        async_check(async_proc(connection(client, store.clone())));
    }
}

/// A connection that breaks is its own affair. The stream is a view: the descriptor is to be closed all the same.
async fn connection(client: AsyncFD, store: Store) -> Result<()> {
    if let Err(error) = answer(lines_of(client), store).await {
        eprintln!("connection: {error}");
    }
    client.close_socket()
}

fn lines_of(fd: AsyncFD) -> Lines {
    Framed::new(fd.stream(), LinesCodec::new_with_max_length(LINE_BYTES))
}

async fn answer(mut lines: Lines, store: Store) -> Result<()> {
    while let Some(line) = lines.next().await {
        let line = line.map_err(Error::new)?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let reply = match words[..] {
            ["set", name, word] => {
                store.borrow_mut().insert(name.to_owned(), word.to_owned());
                "ok".to_owned()
            }
            ["get", name] => store.borrow().get(name).cloned().unwrap_or_else(|| "nothing".to_owned()),
            ["quit"] => return Ok(()),
            _ => "set NAME WORD, get NAME or quit".to_owned(),
        };
        lines.send(reply).await.map_err(Error::new)?;
    }
    Ok(())
}

async fn talk(port: u16) -> Result<()> {
    let fd = dial("127.0.0.1", port).await?;
    let mut lines = lines_of(fd);
    for question in ["set colour green", "get colour", "get shape", "sing"] {
        lines.send(question).await.map_err(Error::new)?;
        let reply = lines.next().await.ok_or("the server hung up")?.map_err(Error::new)?;
        println!("{question} -> {reply}");
    }
    lines.send("quit").await.map_err(Error::new)?;
    if lines.next().await.is_some() {
        return Err("the server did not hang up".into());
    }
    println!("quit -> the server hung up");
    fd.close_socket()
}
