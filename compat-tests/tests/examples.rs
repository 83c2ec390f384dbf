//! The example servers, as programs: they serve, survive what clients do, and end cleanly.

// Examples are ended by signals, their descriptors limited and their time read as Linux does.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running example; killed when it is dropped.
struct Example {
    child: Child,
    addr: SocketAddr,
    stdin: Option<ChildStdin>,
}

impl Example {
    fn start(name: &str, addr: &str) -> Example {
        let mut cargo = Command::new(env!("CARGO")); // which becomes the example
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        cargo.args(["run", "--quiet", "--package", "asyncdispatch", "--example", name]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        let mut child =
            cargo.args(["--", addr]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cargo starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("text");
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let addr = line.split("listening on ").nth(1).and_then(|rest| rest.split([';', '\n']).next());
        let addr = addr.and_then(|addr| addr.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"));
        let stdin = child.stdin.take();
        Example { child, addr, stdin }
    }

    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.addr).expect("it listens");
        client.set_read_timeout(Some(PATIENCE)).expect("more than 0");
        client.set_write_timeout(Some(PATIENCE)).expect("more than 0");
        client
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ticks of processor time that it has used.
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let fields: Vec<_> = stat.rsplit(')').next().expect("a name").split_whitespace().collect();
        [11, 12].iter().map(|at| fields[*at].parse::<u64>().expect("a number")).sum()
    }

    fn limit_descriptors(&self, limit: u64) {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        prlimit(Some(self.pid()), Resource::Nofile, limit).expect("it can be lowered");
    }

    fn status_after(mut self, signal: Signal) -> Option<i32> {
        kill_process(self.pid(), signal).expect("it runs");
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn echoed(client: &mut TcpStream, data: &[u8]) -> bool {
    let mut back = vec![0; data.len()];
    client.write_all(data).is_ok() && client.read_exact(&mut back).is_ok() && back == data
}

#[test]
fn echo_servers_echo_all_and_end_with_their_clients() {
    for name in ["echo_server", "echo_callbacks"] {
        let server = Example::start(name, "127.0.0.1:0");
        let mut client = server.client();
        let data: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let mut sender = client.try_clone().expect("a descriptor");
        let sent = data.clone();
        let sending = thread::spawn(move || sender.write_all(&sent).and_then(|()| sender.shutdown(Shutdown::Write)));
        let mut back = Vec::new();
        client.read_to_end(&mut back).expect("a half-closed connection is served to its end");
        sending.join().expect("no panic").expect("all is taken");
        assert!(back == data, "{name}: {} bytes came back", back.len());
    }
}

#[test]
fn echo_servers_live_on_after_resets_and_beside_clients_that_never_read() {
    for name in ["echo_server", "echo_callbacks"] {
        let server = Example::start(name, "127.0.0.1:0");
        let deaf: Vec<_> = (0..10)
            .map(|_| {
                let mut client = server.client();
                client.set_nonblocking(true).expect("a socket");
                while client.write(&[7; 65536]).is_ok() {}
                client
            })
            .collect();
        for _ in 0..50 {
            let mut client = server.client();
            client.write_all(&[1; 1000]).expect("it is connected");
            socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("a socket");
        }
        assert!(echoed(&mut server.client(), b"still here"), "{name}");
        drop(deaf);
        assert!(echoed(&mut server.client(), b"and now"), "{name}");
    }
}

/// With too few descriptors the clients wait, the server does not spin, and it goes on when some have left.
#[test]
fn servers_that_are_out_of_descriptors_wait_for_some() {
    for (name, hello) in [("echo_server", "hello"), ("echo_callbacks", "hello"), ("chat", "")] {
        let server = Example::start(name, "127.0.0.1:0");
        server.limit_descriptors(30);
        let mut clients: Vec<_> = (0..60).map(|_| server.client()).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            client.write_all(format!("{hello}{number}\n").as_bytes()).expect("it is connected");
        }
        thread::sleep(Duration::from_millis(300));
        let before = server.ticks();
        thread::sleep(Duration::from_millis(1000));
        let used = server.ticks() - before;
        assert!(used < 30, "{name} used {used} ticks of a second while it could accept nobody");
        for client in clients {
            let served = (&client).read(&mut [0; 1]);
            assert!(matches!(served, Ok(1)), "{name}: {served:?}"); // and leaves: the next one has its descriptor
        }
    }
}

#[test]
fn udp_echo_sends_each_datagram_back() {
    let server = Example::start("udp_echo", "127.0.0.1:0");
    let client = UdpSocket::bind("127.0.0.1:0").expect("loopback");
    client.set_read_timeout(Some(PATIENCE)).expect("more than 0");
    let mut buffer = [0; 2000];
    for size in [1, 0, 1400] {
        for _ in 0..3 {
            let gone = UdpSocket::bind("127.0.0.1:0").expect("loopback");
            gone.send_to(b"nobody waits for this", server.addr).expect("sent");
        }
        client.send_to(&vec![9; size], server.addr).expect("sent");
        let (got, from) = client.recv_from(&mut buffer).expect("it comes back");
        assert_eq!((got, from), (size, server.addr));
    }
}

/// Enters the chat and answers what comes after the welcome.
fn enter(server: &Example, name: &str) -> (TcpStream, BufReader<TcpStream>) {
    let mut client = server.client();
    writeln!(client, "{name}").expect("connected");
    let mut input = BufReader::new(client.try_clone().expect("a descriptor"));
    let mut welcome = String::new();
    input.read_line(&mut welcome).expect("a welcome");
    assert!(welcome.starts_with("* welcome"), "{welcome}");
    (client, input)
}

#[test]
fn the_chat_ends_cleanly_by_a_signal() {
    for signal in [Signal::INT, Signal::TERM] {
        let server = Example::start("chat", "127.0.0.1:0");
        let (_client, mut input) = enter(&server, "anna");
        assert_eq!(server.status_after(signal), Some(0));
        let mut last = String::new();
        input.read_to_string(&mut last).expect("text");
        assert_eq!(last, "* the chat ends\n");
    }
}

#[test]
fn the_chat_hears_its_operator_and_outlives_his_console() {
    let mut server = Example::start("chat", "127.0.0.1:0");
    let (mut anna, mut input) = enter(&server, "anna");
    let mut console = server.stdin.take().expect("piped");
    console.write_all(b"hello\n").expect("it reads");
    drop(console);
    let mut line = String::new();
    input.read_line(&mut line).expect("text");
    assert_eq!(line, "* operator: hello\n");
    anna.write_all(b"/who\n").expect("it reads");
    line.clear();
    input.read_line(&mut line).expect("text");
    assert_eq!(line, "* anna\n");
    let before = server.ticks();
    thread::sleep(Duration::from_millis(500));
    assert!(server.ticks() - before < 15, "it spins at the end of its console");
}

#[test]
fn a_chat_client_that_does_not_read_and_one_that_never_ends_a_line_disturb_nobody() {
    let server = Example::start("chat", "127.0.0.1:0");
    let (mut deaf, _) = enter(&server, "deaf");
    let (mut endless, _) = enter(&server, "endless");
    let (mut talker, _) = enter(&server, "talker");
    let (_listener, input) = enter(&server, "listener");
    thread::spawn(move || while endless.write_all(&[b'z'; 65536]).is_ok() {});
    let mut lines = input.lines().map_while(Result::ok).filter(|line| line.starts_with("talker: "));
    for _ in 0..50 {
        let lot: Vec<u8> = (0..200).flat_map(|_| [b"y".repeat(1000), b"\n".to_vec()].concat()).collect();
        talker.write_all(&lot).expect("it reads");
        assert_eq!(lines.by_ref().take(200).count(), 200);
    }
    let all = deaf.read_to_end(&mut Vec::new());
    assert!(!matches!(all, Err(e) if e.kind() == std::io::ErrorKind::WouldBlock), "who does not read is disconnected");
}
