//! A long mixed run: connections of all kinds, datagrams, timers, events, signals and children at random, beside real
//! Nim peers. See "Robustness" in `compat-tests/README.md`.
//!
//! `cargo test --release -p asyncdispatch-compat-tests --test soak -- [--seconds N] [--seed S]`

mod kinds;
mod nim_peers;
mod random;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

use kinds::{KINDS, Kind};
use nim_peers::NimPeers;
use random::Random;

/// Procs at once.
const WORKERS: usize = 24;

/// What all workers share.
pub struct Run {
    pub echo: u16,
    pub nim_echo: Option<u16>,
    pub random: Random,
    until: Instant,
    done: [Cell<usize>; KINDS.len()],
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
    let number = |name, otherwise| value(name).map_or(otherwise, |text| text.parse().expect("a number"));
    let (seconds, seed) = (number("--seconds", 5), number("--seed", 1));
    async_check(async_proc(async { add_signal(QUIET_SIGNAL, |_| true)?.unregister().map(drop) }));
    poll()?; // opens what stays open
    let (memory, descriptors) = held();
    let what = soak(Duration::from_secs(seconds), seed)?;
    get_global_dispatcher().assert_quiescent();
    let (memory_after, descriptors_after) = held();
    println!("soak: {seconds} s, seed {seed}: {what}");
    println!("soak: {memory} -> {memory_after} KiB, {descriptors} -> {descriptors_after} descriptors");
    assert!(descriptors_after <= descriptors + 1, "descriptors left"); // the listener's selector, once
    Ok(())
}

fn soak(time: Duration, seed: u64) -> Result<String> {
    let (listener, port) = listen()?;
    let server = async_proc(serve(listener));
    let nim = NimPeers::start(port)?;
    let run = Rc::new(Run {
        echo: port,
        nim_echo: nim.as_ref().map(|nim| nim.port),
        random: Random::new(seed),
        until: Instant::now() + time,
        done: Default::default(),
    });
    let workers: Vec<_> = (0..WORKERS).map(|_| async_proc(work(run.clone()))).collect();
    wait_for(all(workers))?;
    let spoken = nim.map(NimPeers::stop).transpose()?;
    listener.close_socket()?;
    wait_for(server)?;
    let done: BTreeMap<_, _> = KINDS.iter().zip(&run.done).map(|((name, _), done)| (*name, done.get())).collect();
    assert!(done.values().all(|count| *count > 0 || time < Duration::from_secs(1)), "a kind never came: {done:?}");
    Ok(match spoken {
        Some(spoken) => format!("{done:?}, {spoken} connections of a Nim client"),
        None => format!("{done:?}, WITHOUT Nim peers: no compiler"),
    })
}

async fn work(run: Rc<Run>) -> Result<()> {
    while Instant::now() < run.until {
        let at = run.random.below(KINDS.len());
        let (_, play): Kind = KINDS[at];
        play(run.clone()).await?;
        run.done[at].set(run.done[at].get() + 1);
    }
    Ok(())
}

/// Echoes to everybody until the listener is closed.
async fn serve(listener: AsyncFD) -> Result<()> {
    let mut clients: Vec<NimFuture<()>> = Vec::new();
    while let Ok((client, _)) = listener.accept_client().await {
        clients.retain(|client| !client.finished());
        clients.push(async_proc(async move {
            let _broken = kinds::echo(client).await;
            client.close_socket()
        }));
    }
    for client in clients {
        client.await?;
    }
    Ok(())
}

fn held() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a resident set");
    let memory = line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number");
    (memory, std::fs::read_dir("/proc/self/fd").expect("Linux").count())
}
