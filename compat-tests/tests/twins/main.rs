//! Runs every twin and compares: Rust in each of its modes with the recorded transcript, and, where there is a Nim
//! compiler, the Nim program live with the same transcript. Own harness, because each run is a process of its own
//! (signals, descriptor limits and hangs stay there) and the last lines are for scripts to read.
//!
//! `cargo test -p asyncdispatch-compat-tests --test twins -- [FILTER…] [--exact] [--list] [--no-nim] [--only-nim] [--mode MODE] [--bless]`

// `discard` in Nim is `let _ =` here, also for futures.
#![allow(clippy::let_underscore_future)]

// What is `cfg(unix)` below has signals, numbers of descriptors, or sockets within one machine in it.

mod args;
mod check;
mod ledger;
mod nim;
mod rows;
mod rust;

#[cfg(unix)]
mod accept;
mod async_error;
mod async_proc;
#[cfg(unix)]
mod children;
mod close;
mod combinators;
#[cfg(unix)]
mod connect;
#[cfg(unix)]
mod counts;
mod differences;
mod dispatcher;
mod event;
#[cfg(unix)]
mod fd;
#[cfg(unix)]
mod fd_unregister;
mod future;
#[cfg(unix)]
mod hang_up;
mod loops;
mod nested;
mod poll;
mod raised;
#[cfg(unix)]
mod random;
#[cfg(unix)]
mod register;
#[cfg(unix)]
mod signal;
#[cfg(unix)]
mod socket;
mod stream;
mod timer;
mod udp;

use args::Args;
use asyncdispatch_compat_tests::Twin;
use std::process::ExitCode;

/// One table a subject. Another subject: its module above, its table here.
const SUBJECTS: &[(&str, &[Twin])] = &[
    ("dispatcher", dispatcher::TWINS),
    #[cfg(unix)]
    ("register", register::TWINS),
    #[cfg(unix)]
    ("counts", counts::TWINS),
    ("poll", poll::TWINS),
    #[cfg(unix)]
    ("random", random::TWINS),
    ("raised", raised::TWINS),
    ("nested", nested::TWINS),
    ("loops", loops::TWINS),
    #[cfg(unix)]
    ("fd", fd::TWINS),
    #[cfg(unix)]
    ("fd_unregister", fd_unregister::TWINS),
    #[cfg(unix)]
    ("hang_up", hang_up::TWINS),
    ("future", future::TWINS),
    ("combinators", combinators::TWINS),
    ("async_proc", async_proc::TWINS),
    ("async_error", async_error::TWINS),
    ("stream", stream::TWINS),
    ("timer", timer::TWINS),
    ("event", event::TWINS),
    #[cfg(unix)]
    ("signal", signal::TWINS),
    #[cfg(unix)]
    ("children", children::TWINS),
    ("udp", udp::TWINS),
    #[cfg(unix)]
    ("connect", connect::TWINS),
    ("close", close::TWINS),
    #[cfg(unix)]
    ("accept", accept::TWINS),
    #[cfg(unix)]
    ("socket", socket::TWINS),
    #[cfg(unix)]
    ("differences::descriptors", differences::descriptors::TWINS),
    #[cfg(unix)]
    ("differences::loops", differences::loops::TWINS),
    #[cfg(unix)]
    ("differences::custom", differences::custom::TWINS),
    #[cfg(unix)]
    ("differences::sockets", differences::sockets::TWINS),
    ("differences::futures", differences::futures::TWINS),
    ("differences::streams", differences::streams::TWINS),
    ("differences::procs", differences::procs::TWINS),
];

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("twins: {wrong}");
            return ExitCode::from(2);
        }
    };
    if let Some((name, mode)) = &args.child {
        return rust::be_child(name, *mode);
    }
    let subjects: Vec<_> = all().filter(|(_, twin)| args.wants(twin.name)).collect();
    if args.list {
        subjects.iter().for_each(|(subject, twin)| println!("{subject}::{}: test", twin.name));
        return ExitCode::SUCCESS;
    }
    if args.bless { nim::bless(&args) } else { check::run(&args, &subjects) }
}

/// Every twin with its subject, in the order of the tables.
fn all() -> impl Iterator<Item = (&'static str, &'static Twin)> {
    let all = SUBJECTS.iter().flat_map(|(subject, twins)| twins.iter().map(move |twin| (*subject, twin)));
    all.filter(|(_, twin)| twin.runs_here())
}
