//! Load on loopback: much of everything, and nothing lost, reordered, or left. See "Robustness" in
//! `compat-tests/README.md`.
//!
//! `cargo test --release -p asyncdispatch-compat-tests --test load -- [--big]`

mod connections;
mod figures;
mod loops;
mod threads;

use asyncdispatch::Result;
use figures::Figures;
use std::time::Instant;

/// How much of each kind: small for every day, big by hand.
pub struct Size {
    pub clients: usize,
    pub short: usize,
    pub slow_bytes: usize,
    pub resets: usize,
    pub timers: usize,
    pub children: usize,
    pub signals: usize,
    pub triggers: usize,
    pub dispatchers: usize,
}

const SMALL: Size = Size {
    clients: 300,
    short: 3000,
    slow_bytes: 8 << 20,
    resets: 100,
    timers: 10_000,
    children: 30,
    signals: 1000,
    triggers: 2000,
    dispatchers: 20,
};

const BIG: Size = Size {
    clients: 10_000,
    short: 1_000_000,
    slow_bytes: 256 << 20,
    resets: 5000,
    timers: 100_000,
    children: 1000,
    signals: 100_000,
    triggers: 100_000,
    dispatchers: 100,
};

type Kind = (&'static str, fn(&Size) -> Result<String>);

const KINDS: &[Kind] = &[
    ("simultaneous connections", connections::simultaneous),
    ("short connections", connections::short),
    ("slow readers", connections::slow_readers),
    ("resets and half-closes", connections::resets),
    ("timers", loops::timers),
    ("children", loops::children),
    #[cfg(unix)]
    ("signals", loops::signals),
    ("events", threads::events),
    ("dispatchers", threads::dispatchers),
];

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let size = if words.iter().any(|word| word == "--big") { BIG } else { SMALL };
    let only: Vec<&str> = words.iter().filter(|word| !word.starts_with("--")).map(String::as_str).collect();
    asyncdispatch_compat_tests::allow_descriptors(2 * size.clients as u64);
    // tokio's signal pipe lives as long as the process.
    std::thread::spawn(|| asyncdispatch::add_signal(asyncdispatch_compat_tests::QUIET_SIGNAL, |_| true).map(drop))
        .join()
        .expect("no panic")?;
    for (name, run) in KINDS.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|o| name.contains(o))) {
        let (before, begun) = (Figures::now(), Instant::now());
        let size = &size;
        let what = std::thread::scope(|scope| scope.spawn(move || run(size)).join()).expect("no panic")?;
        let after = Figures::settled(&before);
        println!("{name}: {what}; {before} -> {after}; {:.1} s", begun.elapsed().as_secs_f64());
        assert!(after.descriptors <= before.descriptors, "descriptors left");
    }
    println!("load: all as it should be");
    Ok(())
}
