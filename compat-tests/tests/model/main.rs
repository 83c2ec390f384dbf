//! Random operations on two dispatchers and real sockets, beside a simple model of what they should be like; after every
//! step both must tell the same. See "The model" in `compat-tests/README.md`.
//!
//! `cargo test -p asyncdispatch-compat-tests --test model -- [--steps N] [--runs N] [--seed S]`

#[cfg(unix)]
mod args;
#[cfg(unix)]
mod lives;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod quick;

#[cfg(unix)]
use std::process::ExitCode;

#[cfg(unix)]
use args::Args;
#[cfg(unix)]
use machine::{NAMES, Outcome, WIDTH, name, run};

#[cfg(unix)]
/// How many steps the same dispatchers are put through.
const LIFE: usize = 400;
#[cfg(unix)]
/// After how many lives descriptors are counted.
const INTERVAL: u64 = 50;

#[cfg(unix)]
/// What has failed once, by steps of four bytes, and what the fuzzer found to be new ways.
const KEPT: &str = include_str!("kept.txt");

#[cfg(unix)]
/// The same of the small machine, whose steps are one byte.
const KEPT_QUICK: &str = include_str!("kept_quick.txt");

#[cfg(unix)]
/// How long the runs of the small machine are.
const QUICK: usize = 24;

#[cfg(unix)]
fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("model: {wrong}");
            return ExitCode::from(2);
        }
    };
    let kept = replay(KEPT, |bytes| run(bytes).violation);
    let kept_quick = replay(KEPT_QUICK, quick::run);
    let quick = random_quick(&args);
    let random = random(&args);
    for wrong in [&kept, &kept_quick, &quick, &random].into_iter().filter_map(|done| done.as_ref().err()) {
        println!("VIOLATION  {wrong}");
    }
    match (kept, kept_quick, quick, random) {
        (Ok(kept), Ok(kept_quick), Ok(runs), Ok(steps)) => {
            println!("model: {kept} kept cases replayed, and {kept_quick} of the small machine");
            println!(
                "model: {runs} runs of the small machine, {} steps, seed {}, 0 violations",
                quick::steps(),
                args.seed
            );
            println!("model: {steps} steps, seed {}, 0 violations", args.seed);
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}

#[cfg(unix)]
fn replay(kept: &str, run: impl Fn(&[u8]) -> Option<String>) -> Result<u64, String> {
    let cases = kept.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut replayed = 0;
    for line in cases {
        let bytes = lives::of_hex(line).ok_or_else(|| format!("not a case: {line}"))?;
        if let Some(violation) = run(&bytes) {
            return Err(format!("{violation}\nin the kept case {line}"));
        }
        replayed += 1;
    }
    Ok(replayed)
}

#[cfg(unix)]
/// Returns how many runs were done.
fn random_quick(args: &Args) -> Result<u64, String> {
    for life in 0..args.runs {
        let bytes = lives::steps(args.seed, life, QUICK / WIDTH);
        if let Some(violation) = quick::run(&bytes) {
            return Err(format!("{violation}\nin run {life} of the small machine, {}", lives::to_hex(&bytes)));
        }
    }
    Ok(args.runs)
}

#[cfg(unix)]
/// Returns how many steps were done.
fn random(args: &Args) -> Result<u64, String> {
    let mut total = Outcome { steps: vec![0; NAMES.len()], calls: 0, violation: None };
    let mut descriptors = None;
    for life in 0.. {
        let done: u64 = total.steps.iter().sum();
        if life % INTERVAL == 1 || done >= args.steps {
            let open = std::fs::read_dir("/proc/self/fd").map_err(|e| e.to_string())?.count();
            if *descriptors.get_or_insert(open) != open {
                return Err(format!("{open} descriptors are open after {life} lives, {descriptors:?} were"));
            }
        }
        if done >= args.steps {
            break;
        }
        let bytes = lives::steps(args.seed, life, LIFE);
        let outcome = run(&bytes);
        if let Some(violation) = outcome.violation {
            let fewest = lives::shrunk(&bytes);
            let last = run(&fewest).violation.unwrap_or_default();
            let names: Vec<_> = fewest.chunks(WIDTH).map(name).collect();
            let hex = lives::to_hex(&fewest);
            return Err(format!("{violation}\nin life {life}; enough is: {last}\n{}\n{hex}", names.join(", ")));
        }
        total.calls += outcome.calls;
        total.steps.iter_mut().zip(outcome.steps).for_each(|(total, steps)| *total += steps);
    }
    for (name, steps) in NAMES.iter().zip(&total.steps) {
        println!("{steps:>9}  {name}");
    }
    println!("{:>9}  callbacks and procs called", total.calls);
    Ok(total.steps.iter().sum())
}

#[cfg(not(unix))]
fn main() {
    println!("model: not on this platform: numbers of descriptors are part of it");
}
