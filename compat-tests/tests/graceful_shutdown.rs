//! Services that end well: no new connections, those that are at work finish until a deadline, the rest is cut off.

// The example is ended by a signal that only Unix can send.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The build of the example included.
const LIMIT: Duration = Duration::from_secs(300);

/// An example that runs; killed if the test fails.
struct Service {
    child: Child,
    output: BufReader<ChildStdout>,
    addr: SocketAddr,
    /// The operator's console of `chat`: its end would be told.
    _console: ChildStdin,
}

impl Service {
    /// Starts it as a user does, and waits until it listens.
    fn start(example: &str, args: &[&str]) -> Service {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        cargo.args(["run", "--quiet", "--package", "asyncdispatch", "--example", example]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        cargo.arg("--").args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = cargo.spawn().expect("cargo starts");
        let console = child.stdin.take().expect("piped");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("text");
        let addr = line.split_whitespace().find_map(|word| word.trim_end_matches(';').parse().ok());
        Service { child, output, addr: addr.unwrap_or_else(|| panic!("no address in {line:?}")), _console: console }
    }

    fn connect(&self) -> Client {
        let socket = TcpStream::connect(self.addr).expect("it listens");
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        Client(BufReader::new(socket))
    }

    /// `cargo run` has made way for the example: it has that pid.
    fn terminate(&self) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a pid");
        kill_process(pid, Signal::TERM).expect("it runs");
    }

    /// Waits for the end; what was printed meanwhile.
    fn end(mut self) -> (ExitStatus, Vec<String>) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => break status,
                None => assert!(begun.elapsed() < LIMIT, "it has not ended within {LIMIT:?}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let lines = self.output.by_ref().lines().map_while(Result::ok).collect();
        (status, lines)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn send(&mut self, line: &str) {
        writeln!(self.0.get_mut(), "{line}").expect("connected");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer, or the end");
        line.trim_end().to_owned()
    }

    /// What comes until the end.
    fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).expect("the end");
        rest
    }
}

fn refused(addr: SocketAddr) -> bool {
    TcpStream::connect(addr).is_err()
}

/// An idle connection, one at work, and one whose work would take for ever.
fn ends_well(mode: &[&str]) {
    let args = [mode, &["127.0.0.1:0", "4000"]].concat();
    let service = Service::start("graceful_shutdown", &args);
    let (mut idle, mut short, mut long) = (service.connect(), service.connect(), service.connect());
    idle.send("1");
    assert_eq!((idle.line(), idle.line()), ("working".into(), "done".into()));
    short.send("300\n1"); // two requests at once
    long.send("3600000");
    assert_eq!((short.line(), long.line()), ("working".into(), "working".into()));
    service.terminate();
    assert_eq!(idle.rest(), "", "the idle one is let go at once");
    assert_eq!(short.rest(), "done\n", "what had begun is finished, and nothing new is begun");
    assert!(refused(service.addr));
    assert_eq!(long.rest(), "", "what takes too long is cut off");
    let (status, lines) = service.end();
    assert_eq!(lines, ["graceful_shutdown: ended, 1 connections cut off"]);
    assert!(status.success());
}

#[test]
fn the_example_in_owning_mode() {
    ends_well(&[]);
}

#[test]
fn the_example_as_a_guest() {
    ends_well(&["--guest"]);
}

#[test]
fn a_second_signal_is_the_deadline() {
    let service = Service::start("graceful_shutdown", &["127.0.0.1:0", "3600000"]);
    let (mut idle, mut long) = (service.connect(), service.connect());
    long.send("3600000");
    assert_eq!(long.line(), "working");
    idle.send("1");
    assert_eq!((idle.line(), idle.line()), ("working".into(), "done".into()));
    service.terminate();
    assert_eq!(idle.rest(), "", "the first was seen");
    service.terminate();
    assert_eq!(long.rest(), "");
    let (status, lines) = service.end();
    assert_eq!(lines, ["graceful_shutdown: ended, 1 connections cut off"]);
    assert!(status.success());
}

/// One that talks, and one that has not said who it is.
#[test]
fn the_chat_service() {
    let service = Service::start("chat", &["127.0.0.1:0"]);
    let (mut guest, mut silent) = (service.connect(), service.connect());
    guest.send("guest");
    assert!(guest.line().starts_with("* welcome, guest"));
    silent.send(""); // not a name
    assert_eq!(silent.rest(), "* please come with another name\n");
    let mut silent = service.connect();
    guest.send("/who");
    assert_eq!(guest.line(), "* guest");
    service.terminate();
    assert_eq!(guest.rest(), "* the chat ends\n");
    assert_eq!(silent.rest(), "", "cut off");
    assert!(refused(service.addr));
    let (status, lines) = service.end();
    let told: Vec<&str> = lines.iter().map(String::as_str).collect();
    let end = "chat: ended after 3 connections and 0 lines";
    assert_eq!(told, ["chat: signal 15", "chat: a connection is cut off", end]);
    assert!(status.success());
}
