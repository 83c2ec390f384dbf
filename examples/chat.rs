//! A chat service on TCP: an accept loop, an async proc a client, a raw `add_read` callback for the operator's console,
//! a timer, signals, and a tokio task that keeps the history.
//!
//! `cargo run --release --example chat -- [ADDR]` serves on 127.0.0.1:7687; talk with `nc 127.0.0.1 7687`.
//! `cargo run --release --example chat -- --demo` lets 50 clients talk and counts what arrived.

#[path = "chat/console.rs"]
mod console;
#[path = "chat/demo.rs"]
mod demo;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind as IoErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::rc::Rc;

use asyncdispatch::*;
use socket2::SockRef;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How much may wait for a client that does not read. Who has more is disconnected: nobody else waits for him.
const OUTBOX_BYTES: usize = 1 << 20;
const LINE_BYTES: usize = 4096;
const HISTORY_LINES: usize = 20;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let result = if has("--demo") {
        demo::run(has("--drop-one"))
    } else {
        serve(args.first().map_or("127.0.0.1:7687", String::as_str)).map(|()| ExitCode::SUCCESS)
    };
    result.unwrap_or_else(|error| {
        eprintln!("chat: {error:#}");
        ExitCode::FAILURE
    })
}

fn serve(addr: &str) -> Result<()> {
    let room = Room::new()?;
    let addr = room.open(addr.parse()?)?;
    println!("chat: listening on {addr}; `quit`, {} ends it, other lines go to all", console::END_KEYS);
    std::io::stdout().flush()?;
    if let Err(error) = console::open().and_then(|console| room.watch_console(console)) {
        println!("chat: no console here ({error})");
    }
    room.heartbeat(30_000)?;
    room.run()
}

/// A client that has given its name.
struct Client {
    socket: AsyncFD,
    name: String,
    outbox: RefCell<Vec<u8>>,
    /// Tells the writing proc that there is something in the outbox.
    news: FutureStream<()>,
}

impl Client {
    /// Answers whether there was room.
    fn post(&self, line: &str) -> bool {
        let mut outbox = self.outbox.borrow_mut();
        if outbox.len() + line.len() >= OUTBOX_BYTES {
            return false;
        }
        outbox.extend_from_slice(line.as_bytes());
        outbox.push(b'\n');
        drop(outbox);
        let _already_told = self.news.try_write(());
        true
    }

    /// The proc that writes to this client: one, so that lines keep their order.
    async fn write_out(self: Rc<Self>) -> Result<()> {
        let mut batch = Vec::new();
        while self.news.read().await?.is_some() {
            std::mem::swap(&mut batch, &mut *self.outbox.borrow_mut());
            self.socket.write_all(&batch).await?;
            batch.clear();
        }
        Ok(())
    }
}

/// What the tokio task is told.
enum Note {
    Said(String),
    Asked(oneshot::Sender<VecDeque<String>>),
}

/// The tokio task: keeps the last lines, and hands them to who asks.
async fn keep_history(mut notes: mpsc::Receiver<Note>) {
    let mut history = VecDeque::new();
    while let Some(note) = notes.recv().await {
        match note {
            Note::Said(line) => {
                history.truncate(HISTORY_LINES - 1);
                history.push_front(line);
            }
            Note::Asked(answer) => drop(answer.send(history.clone())),
        }
    }
}

struct Room {
    clients: RefCell<BTreeMap<u64, Rc<Client>>>,
    connections: Cell<u64>,
    lines: Cell<u64>,
    history: mpsc::Sender<Note>,
    keeper: tokio::task::JoinHandle<()>,
    /// Listener, console, timer and signals: what is given back at the end.
    keys: RefCell<Vec<AsyncFD>>,
    end: NimFuture<()>,
    /// Cancels the connections that have not ended by the deadline.
    cut: CancellationToken,
    /// For the test of the demo: so many deliveries from now, one is lost.
    drop_after: Cell<u64>,
}

impl Room {
    fn new() -> Result<Rc<Room>> {
        let (history, notes) = mpsc::channel(64);
        let keeper = get_global_dispatcher().get_io_handler()?.spawn(keep_history(notes));
        let room = Rc::new(Room {
            clients: RefCell::default(),
            connections: Cell::new(0),
            lines: Cell::new(0),
            history,
            keeper,
            keys: RefCell::default(),
            end: new_future("chat"),
            cut: CancellationToken::new(),
            drop_after: Cell::new(0),
        });
        for signal in console::END_SIGNALS {
            let this = room.clone();
            let key = add_signal(signal, move |_| {
                println!("chat: signal {}", signal.raw());
                this.stop();
                true
            })?;
            room.keys.borrow_mut().push(key);
        }
        Ok(room)
    }

    fn open(self: &Rc<Self>, addr: SocketAddr) -> Result<SocketAddr> {
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        let listener = register(listener)?;
        self.keys.borrow_mut().push(listener);
        async_check(async_proc(self.clone().accept_all(listener)));
        Ok(addr)
    }

    async fn accept_all(self: Rc<Self>, listener: AsyncFD) -> Result<()> {
        while !self.end.finished() {
            match listener.accept().await {
                Ok(socket) => async_check(async_proc(self.clone().connection(socket))),
                Err(_) if self.end.finished() => break,
                Err(error) => {
                    println!("chat: accept: {error}");
                    sleep_async(100).await?; // out of descriptors: some clients have to leave first
                }
            }
        }
        Ok(())
    }

    /// The operator's console, on whatever can be read: a callback that reads what is there.
    fn watch_console(self: &Rc<Self>, console: AsyncFD) -> Result<()> {
        self.keys.borrow_mut().push(console);
        let room = self.clone();
        let mut typed = Vec::new();
        add_read(console, move |fd| {
            let mut chunk = [0; 512];
            match fd.with_fd(|fd| console::read(fd, &mut chunk))? {
                Ok(0) => return Ok(true), // the end of the input: no more calls
                Ok(size) => typed.extend_from_slice(&chunk[..size]),
                Err(error) if matches!(error.kind(), IoErrorKind::WouldBlock | IoErrorKind::Interrupted) => {}
                Err(error) => return Err(error.into()),
            }
            while let Some(line) = take_line(&mut typed) {
                room.command(&line);
            }
            typed.truncate(LINE_BYTES);
            Ok(false)
        })
    }

    fn command(&self, line: &str) {
        match line {
            "" => {}
            "quit" => self.stop(),
            text => self.broadcast(0, &format!("* operator: {text}")),
        }
    }

    fn heartbeat(self: &Rc<Self>, every_ms: i32) -> Result<()> {
        let room = self.clone();
        let key = add_timer(every_ms, false, move |_| {
            println!("chat: {} clients, {} lines", room.clients.borrow().len(), room.lines.get());
            false
        })?;
        self.keys.borrow_mut().push(key);
        Ok(())
    }

    fn stop(&self) {
        let _already_stopped = self.end.try_complete(());
    }

    /// Serves until the end, then lets the clients go: accepts nobody, waits for them, and cuts off who is left.
    fn run(&self) -> Result<()> {
        wait_for(&self.end)?;
        for key in self.keys.take() {
            drop(key.unregister()); // closes the listener, not the standard input
        }
        self.broadcast(0, "* the chat ends");
        for client in self.clients.borrow().values() {
            // The reading proc sees an end, and does the rest.
            let _gone = client.socket.with_fd(|fd| SockRef::from(&fd).shutdown(Shutdown::Read));
        }
        self.keeper.abort(); // `drain` would wait for the tokio task too
        drain_with(2000)?;
        self.cut.cancel();
        drain()?;
        println!("chat: ended after {} connections and {} lines", self.connections.get(), self.lines.get());
        Ok(())
    }

    /// The proc of a connection: closes it however its talk ends.
    async fn connection(self: Rc<Self>, socket: AsyncFD) -> Result<()> {
        let cut = self.cut.clone();
        let ended = async_proc(self.client(socket)).cancel_with(&cut).await;
        let _closed_as_slow = socket.close_socket();
        match ended {
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                println!("chat: a connection is cut off");
                Ok(())
            }
            ended => ended,
        }
    }

    async fn client(self: Rc<Self>, socket: AsyncFD) -> Result<()> {
        self.connections.set(self.connections.get() + 1);
        let id = self.connections.get();
        let mut input = Input { socket, bytes: Vec::new() };
        if let Ok(Some(client)) = self.enter(id, &mut input).await {
            let writer = async_proc(client.clone().write_out()).abort_on_drop();
            if let Err(error) = self.talk(id, &client, &mut input).await {
                println!("chat: {}: {error}", client.name);
            }
            self.clients.borrow_mut().remove(&id);
            self.broadcast(id, &format!("* {} left", client.name));
            client.news.complete();
            let _sent_in_time = with_timeout(&writer, 1000).await;
        }
        Ok(())
    }

    /// The first line is the client's name.
    async fn enter(&self, id: u64, input: &mut Input) -> Result<Option<Rc<Client>>> {
        let Some(name) = input.line().await? else { return Ok(None) };
        let taken = name == "operator" || self.clients.borrow().values().any(|client| client.name == name);
        if taken || name.is_empty() || name.len() > 32 || !name.chars().all(char::is_alphanumeric) {
            input.socket.send("* please come with another name\n").await?;
            return Ok(None);
        }
        let (socket, outbox, news) = (input.socket, RefCell::default(), FutureStream::bounded(1));
        let client = Rc::new(Client { socket, name, outbox, news });
        self.clients.borrow_mut().insert(id, client.clone());
        client.post(&format!("* welcome, {}: /who, /history, /quit", client.name));
        self.broadcast(id, &format!("* {} joined", client.name));
        Ok(Some(client))
    }

    async fn talk(&self, id: u64, client: &Client, input: &mut Input) -> Result<()> {
        while let Some(line) = input.line().await? {
            match line.as_str() {
                "/quit" => break,
                "/who" => self.clients.borrow().values().all(|other| client.post(&format!("* {}", other.name))),
                "/history" => self.history().await?.iter().rev().all(|line| client.post(&format!("* {line}"))),
                _ => {
                    self.say(id, format!("{}: {line}", client.name)).await;
                    true
                }
            };
        }
        Ok(())
    }

    async fn say(&self, id: u64, line: String) {
        self.lines.set(self.lines.get() + 1);
        self.broadcast(id, &line);
        let _ends = self.history.send(Note::Said(line)).await; // who talks too fast for it waits, nobody else
    }

    async fn history(&self) -> Result<VecDeque<String>> {
        let (answer, answered) = oneshot::channel();
        self.history.send(Note::Asked(answer)).await.map_err(|_| "the history is closed")?;
        Ok(answered.await?)
    }

    /// Posts a line to all but one. Nothing here waits.
    fn broadcast(&self, from: u64, line: &str) {
        let mut slow = Vec::new();
        for (_, client) in self.clients.borrow().iter().filter(|(id, _)| **id != from) {
            if !self.is_dropped(line) && !client.post(line) {
                slow.push(client.clone());
            }
        }
        for client in slow {
            if client.socket.close_socket().is_ok() {
                println!("chat: {} does not read: disconnected", client.name); // its procs fail, and do the rest
            }
        }
    }

    fn is_dropped(&self, line: &str) -> bool {
        let left = self.drop_after.get();
        if left > 0 && !line.starts_with('*') {
            self.drop_after.set(left - 1);
        }
        left == 1 && !line.starts_with('*')
    }
}

/// The lines of a client.
struct Input {
    socket: AsyncFD,
    bytes: Vec<u8>,
}

impl Input {
    /// The next line; `None` at the end.
    async fn line(&mut self) -> Result<Option<String>> {
        let mut chunk = [0; 2048];
        loop {
            if let Some(line) = take_line(&mut self.bytes) {
                return Ok(Some(line));
            }
            if self.bytes.len() > LINE_BYTES {
                return Err(Error::from(format!("a line of more than {LINE_BYTES} bytes")));
            }
            match self.socket.read(&mut chunk).await? {
                0 => return Ok(None),
                size => self.bytes.extend_from_slice(&chunk[..size]),
            }
        }
    }
}

/// Takes the first line off, without its end.
fn take_line(bytes: &mut Vec<u8>) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = String::from_utf8_lossy(&bytes[..end]).trim_end().to_owned();
    bytes.drain(..=end);
    Some(line)
}
