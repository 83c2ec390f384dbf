//! Numbers that do not depend on how busy the machine is: system calls and user instructions for each request.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{self, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::cases::{Case, Kind, Who};
use crate::load::{Load, Until};
use crate::program::{Server, is_installed};
use crate::records::{Record, Records, Spread};

/// Requests of a counted run.
const REQUESTS: u64 = 1_000;

/// Requests of the shorter run, of which the rest is start and end.
const FEW: u64 = 200;

/// A traced server is slow, and a lone client would never let it wait.
const PAUSE: Duration = Duration::from_micros(500);

/// Cases of small messages whose system calls are counted.
pub fn has_calls(case: &Case) -> bool {
    matches!(case.kind, Kind::Echo { size: 64, clients: 1..=50, .. })
}

/// Cases whose instructions are counted.
pub fn has_instructions(case: &Case) -> bool {
    has_calls(case) && case.name.ends_with("64B-50") && !case.name.contains("udp")
}

/// Adds the system calls for each request of everybody in `case`, but of one form of each language.
pub fn calls(case: &Case, records: &mut Records) -> Result<(), Box<dyn Error>> {
    count(case, records, "syscalls", |case, who| {
        let server = Server::start(&who.program(case), &[])?;
        let mut load = connect(case, &server)?;
        load.run(Until::Requests(FEW))?;
        if load.clients() == 1 {
            load.pause = PAUSE;
        }
        let strace = Strace::attach(server.pid())?;
        load.run(Until::Requests(REQUESTS))?;
        Ok(strace.finish()? as f64 / REQUESTS as f64)
    })
}

/// Adds the user instructions for each request.
pub fn instructions(case: &Case, records: &mut Records) -> Result<(), Box<dyn Error>> {
    count(case, records, "instructions", |case, who| {
        let (few, many) = (collected(case, who, FEW)?, collected(case, who, FEW + REQUESTS)?);
        Ok((many - few) as f64 / REQUESTS as f64)
    })
}

fn count(
    case: &Case,
    records: &mut Records,
    figure: &'static str,
    number: impl Fn(&Case, &Who) -> io::Result<f64>,
) -> Result<(), Box<dyn Error>> {
    for who in std::iter::once(&case.ours).chain(&case.peers) {
        if who.program(case).is_there()? {
            let number = number(case, who).map_err(|error| format!("{figure} {} {}: {error}", case.name, who.name))?;
            records.add(Record { figure, case: case.name, who: who.name, spread: Spread::one(number), unit: "" });
        }
    }
    Ok(())
}

fn connect(case: &Case, server: &Server) -> io::Result<Load> {
    match case.kind {
        Kind::Echo { traffic, clients, size, .. } => Load::new(server.address, traffic, clients, size),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// `strace -c` on a process that runs already.
struct Strace {
    child: process::Child,
    summary: std::path::PathBuf,
}

impl Strace {
    fn attach(pid: u32) -> io::Result<Strace> {
        let summary = scratch("strace");
        let mut command = Command::new("strace");
        command.args(["-c", "-f", "-U", "calls,name", "-p", &pid.to_string(), "-o"]).arg(&summary);
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let mut said = String::new();
        if let Some(errors) = child.stderr.take() {
            BufReader::new(errors).read_line(&mut said)?;
        }
        if said.contains("attached") {
            return Ok(Strace { child, summary });
        }
        child.kill()?;
        child.wait()?;
        Err(io::Error::other(said))
    }

    /// Lets go of the process and answers how many calls it has made.
    fn finish(mut self) -> io::Result<u64> {
        end(&mut self.child, Signal::INT)?;
        let text = fs::read_to_string(&self.summary)?;
        fs::remove_file(&self.summary)?;
        let total = text.lines().find_map(|line| line.trim().strip_suffix(" total"));
        total.and_then(|total| total.trim().parse().ok()).ok_or_else(|| io::Error::other(text.clone()))
    }
}

/// The user instructions of a whole server that answers so many requests, by callgrind.
fn collected(case: &Case, who: &Who, requests: u64) -> io::Result<u64> {
    let log = scratch("callgrind");
    let wrapper = [
        "valgrind".into(),
        "--tool=callgrind".into(),
        "--callgrind-out-file=/dev/null".into(),
        format!("--log-file={}", log.display()),
    ];
    let mut server = Server::start(&who.program(case), &wrapper)?;
    connect(case, &server)?.run(Until::Requests(requests))?;
    end(server.child(), Signal::TERM)?;
    let text = fs::read_to_string(&log)?;
    fs::remove_file(&log)?;
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    collected.and_then(|(_, number)| number.trim().parse().ok()).ok_or_else(|| io::Error::other(text.clone()))
}

/// Asks a process to end and waits for that.
fn end(child: &mut process::Child, signal: Signal) -> io::Result<()> {
    if let Some(pid) = Pid::from_raw(child.id() as i32) {
        kill_process(pid, signal)?;
    }
    child.wait().map(drop)
}

fn scratch(what: &str) -> std::path::PathBuf {
    env::temp_dir().join(format!("peers-{what}-{}", process::id()))
}

/// Why there are no system calls, or no instructions, if there are none.
pub fn missing(tool: &str) -> Option<String> {
    (!is_installed(tool)).then(|| format!("{tool} IS NOT INSTALLED: nothing is counted with it"))
}
