//! One fault: a victim, a tracer, the clients, and what is asserted of all three.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use crate::clients::{self, PATIENCE};
use crate::errno::Errno;
use crate::expected::Expected;
use crate::scene::{Scene, UNITS};
use crate::tracer::Tracer;

/// More calls of `epoll_pwait` and of the one that fails than any scene needs: beyond, it spins.
const SPINS: usize = 3000;

pub struct Fault {
    pub call: &'static str,
    pub errno: &'static Errno,
    pub when: u32,
    pub scene: Scene,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at call {} in {}", self.call, self.errno.name, self.when, self.scene.name())
    }
}

/// What the victim wrote and the clients saw.
#[derive(Debug, Default)]
struct Report {
    /// Errors that its code was given, by number; 0 has none.
    failures: Vec<i32>,
    loop_errors: Vec<i32>,
    /// Parts of the scene that did not come to their end.
    harmed: usize,
    pending: String,
    leaked: isize,
    panicked: bool,
    injected: usize,
    /// The call that failed told the selector to watch for less.
    narrowing: bool,
    calls: usize,
}

struct Victim {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Victim {
    fn start(scene: Scene) -> std::io::Result<Victim> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--victim", &scene.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Victim { child, stdin, lines })
    }

    fn line(&self) -> std::io::Result<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Disconnected) => Ok("died".into()),
            Err(RecvTimeoutError::Timeout) => Err(std::io::Error::other("the victim hangs")),
        }
    }

    fn descriptors(&self) -> std::io::Result<isize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count() as isize)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What came of it, which is what had to.
pub fn one(fault: &Fault) -> Result<Expected, String> {
    let report = observe(fault).map_err(|e| e.to_string())?;
    judge(fault, &report).map_err(|why| format!("{why}; {report:?}"))
}

fn observe(fault: &Fault) -> std::io::Result<Report> {
    let mut victim = Victim::start(fault.scene)?;
    let server: Option<SocketAddr> = victim.line()?.parse().ok();
    let before = victim.descriptors()?;
    let tracer = Tracer::attach(victim.child.id(), fault.call, fault.errno.name, fault.when)?;
    writeln!(victim.stdin, "{}", clients::echo()?)?;
    let mut report = Report::default();
    match server {
        Some(server) if fault.scene.serves() => {
            report.harmed = clients::talk(server)?;
            writeln!(victim.stdin, "stop").ok();
        }
        _ => {}
    }
    read_report(&victim, &mut report)?;
    report.leaked = victim.descriptors().map_or(0, |now| now - before);
    drop(victim);
    let seen = tracer.finish()?;
    report.injected = seen.matches("(INJECTED)").count();
    report.narrowing = seen.lines().filter(|line| line.contains("(INJECTED)")).any(is_narrowing);
    report.calls = seen.lines().count();
    Ok(report)
}

/// Of epoll's calls: a descriptor is taken out, or one side of it is.
fn is_narrowing(call: &str) -> bool {
    call.contains("EPOLL_CTL_DEL") || (call.contains("EPOLL_CTL_MOD") && !call.contains("EPOLLIN|EPOLLOUT"))
}

fn read_report(victim: &Victim, report: &mut Report) -> std::io::Result<()> {
    loop {
        let line = victim.line()?;
        let (what, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match what {
            "failure" => report.failures.push(rest.parse().unwrap_or_default()),
            "loop" => report.loop_errors.push(rest.parse().unwrap_or_default()),
            "harmed" => report.harmed += rest.parse::<usize>().unwrap_or(UNITS),
            "pending" => rest.clone_into(&mut report.pending),
            "quiet" => return Ok(()),
            _ => {
                report.panicked = true;
                return Ok(());
            }
        }
    }
}

fn judge(fault: &Fault, report: &Report) -> Result<Expected, String> {
    let expected =
        if report.narrowing { Expected::Forgotten } else { Expected::of(fault.call, fault.errno, fault.scene) };
    if report.injected != 1 {
        return Err(format!("the fault came {} times", report.injected));
    }
    if report.calls > SPINS {
        return Err(format!("it spins: {} calls", report.calls));
    }
    if report.panicked {
        return Err("it panicked".into());
    }
    if !report.failures.iter().copied().eq(expected.reported()) {
        return Err(format!("its code was not told {:?}", expected.reported()));
    }
    if !report.loop_errors.iter().copied().eq(expected.leaves()) {
        return Err(format!("not {:?} left through the loop", expected.leaves()));
    }
    if report.harmed > report.failures.len() + usize::from(expected == Expected::Disconnected) {
        return Err(format!("{} suffered from {} failures", report.harmed, report.failures.len()));
    }
    if report.pending != "nothing" {
        return Err("something stays pending".into());
    }
    if report.leaked != isize::from(expected == Expected::NotClosed) {
        return Err(format!("{} descriptors leaked", report.leaked));
    }
    Ok(expected)
}
