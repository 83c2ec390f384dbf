//! The demo of `chat`: scripted clients on threads and blocking sockets, which count what they get.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::Room;

const CLIENTS: usize = 50;
const LINES: usize = 200;
const DEADLINE: Duration = Duration::from_secs(60);
/// A client that hears nothing for so long has lost what is missing.
const SILENCE: Duration = Duration::from_secs(10);

/// What one client, or all, got.
#[derive(Default)]
struct Count {
    right: usize,
    lost: usize,
    twice: usize,
}

/// Runs the server on this thread and the clients on others. Status 0 if nothing is lost.
pub fn run(drop_one: bool) -> asyncdispatch::Result<ExitCode> {
    let room = Room::new()?;
    room.drop_after.set(if drop_one { 777 } else { 0 });
    let addr = room.open("127.0.0.1:0".parse()?)?;
    println!("chat demo: listening on {addr}, {CLIENTS} clients send {LINES} lines each");
    let (console, operator) = pair()?;
    room.watch_console(asyncdispatch::register(console)?)?;
    room.heartbeat(500)?;
    let director = thread::spawn(move || direct(addr, operator));
    room.run()?;
    match director.join() {
        Ok(Some(count)) => Ok(report(&count)),
        _ => Err("the demo was interrupted".into()),
    }
}

/// Both ends of a connection within this process.
pub fn pair() -> Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let far = TcpStream::connect(listener.local_addr()?)?;
    let (near, _) = listener.accept()?;
    near.set_nonblocking(true)?;
    Ok((near, far))
}

fn report(count: &Count) -> ExitCode {
    if count.twice > 0 {
        println!("chat demo: {} lines came twice or out of order", count.twice);
    }
    println!("chat demo: {CLIENTS} clients, {} messages, {} lost", count.right, count.lost);
    if count.lost + count.twice == 0 && count.right == CLIENTS * (CLIENTS - 1) * LINES {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Starts the clients, waits for them, and ends the server by its console.
fn direct(addr: SocketAddr, mut operator: TcpStream) -> Option<Count> {
    let begun = Instant::now();
    let everybody = Arc::new(Barrier::new(CLIENTS));
    let (results, finished) = mpsc::channel();
    for me in 0..CLIENTS {
        let (everybody, results) = (everybody.clone(), results.clone());
        thread::spawn(move || results.send(client(addr, me, &everybody)));
    }
    let mut total = Count::default();
    for _ in 0..CLIENTS {
        let left = DEADLINE.saturating_sub(begun.elapsed());
        match finished.recv_timeout(left) {
            Ok(Ok(count)) => add(&mut total, &count),
            Ok(Err(error)) => give_up(&format!("a client failed: {error}")),
            Err(_) => give_up(&format!("not finished after {} s", DEADLINE.as_secs())),
        }
    }
    println!("chat demo: all clients have finished after {:.2} s", begun.elapsed().as_secs_f64());
    thread::spawn(|| {
        thread::sleep(SILENCE);
        give_up("the server did not end");
    });
    operator.write_all(b"thank you all\nquit\n").ok()?;
    Some(total)
}

fn give_up(why: &str) -> ! {
    println!("chat demo: failed: {why}");
    std::process::exit(1)
}

fn add(total: &mut Count, count: &Count) {
    total.right += count.right;
    total.lost += count.lost;
    total.twice += count.twice;
}

/// One client: enters, waits for the others, talks on one thread and counts on another.
fn client(addr: SocketAddr, me: usize, everybody: &Barrier) -> Result<Count> {
    let mut socket = TcpStream::connect(addr)?;
    let mut leaving = socket.try_clone()?;
    socket.set_read_timeout(Some(SILENCE))?;
    socket.set_write_timeout(Some(SILENCE))?;
    writeln!(socket, "c{me:02}")?;
    let mut input = BufReader::new(socket.try_clone()?);
    let mut welcome = String::new();
    input.read_line(&mut welcome)?;
    if !welcome.starts_with("* welcome") {
        return Err(Error::other(format!("no welcome but {welcome:?}")));
    }
    everybody.wait();
    let talking = thread::spawn(move || talk(socket));
    let count = listen(&mut input, me);
    let talked = talking.join().map_err(|_| Error::other("panicked"))?;
    talked.and_then(|()| writeln!(leaving, "/quit"))?;
    std::io::copy(&mut input, &mut std::io::sink())?; // the server closes
    count
}

fn talk(mut socket: TcpStream) -> Result<()> {
    for number in 1..=LINES {
        writeln!(socket, "line {number}")?;
    }
    writeln!(socket, "end")
}

/// Checks that each line of each of the others comes once and in order, until all have said `end`.
fn listen(input: &mut impl BufRead, me: usize) -> Result<Count> {
    let (mut next, mut ended) = ([1; CLIENTS], 0);
    let mut count = Count::default();
    let mut line = String::new();
    while ended < CLIENTS - 1 {
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => return Err(error),
        }
        match parse(line.trim_end()) {
            Some((who, None)) if who != me => ended += 1,
            Some((who, Some(number))) if who != me => check(&mut count, &mut next[who], number),
            _ if line.starts_with('*') => {}
            _ => return Err(Error::other(format!("not understood: {line:?}"))),
        }
    }
    let others = next.iter().enumerate().filter(|(who, _)| *who != me);
    count.lost += others.map(|(_, next)| LINES + 1 - next).sum::<usize>();
    Ok(count)
}

/// `c07: line 12` or `c07: end`
fn parse(line: &str) -> Option<(usize, Option<usize>)> {
    let (name, text) = line.strip_prefix('c')?.split_once(": ")?;
    let who = name.parse().ok().filter(|who| *who < CLIENTS)?;
    if text == "end" {
        return Some((who, None));
    }
    let number = text.strip_prefix("line ")?.parse().ok()?;
    (number <= LINES).then_some((who, Some(number)))
}

fn check(count: &mut Count, next: &mut usize, number: usize) {
    if number < *next {
        count.twice += 1;
        return;
    }
    count.lost += number - *next;
    count.right += 1;
    *next = number + 1;
}
