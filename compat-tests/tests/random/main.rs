//! Random programs, run by an interpreter in Nim on Nim's `asyncdispatch` and by one in Rust on this crate: both must
//! leave the same trace. See "Random programs" in `compat-tests/README.md`.
//!
//! `cargo test -p asyncdispatch-compat-tests --test random -- [--cases N] [--seed S] [--file F] [--print] [--no-nim] [--bless]`

#[cfg(unix)]
mod args;
#[cfg(unix)]
mod both;
#[cfg(unix)]
mod check;
#[cfg(unix)]
mod coverage;
#[cfg(unix)]
mod ends;
#[cfg(unix)]
mod events;
#[cfg(unix)]
mod generate;
#[cfg(unix)]
mod interpret;
#[cfg(unix)]
mod procs;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod recorded;
#[cfg(unix)]
mod shrink;

#[cfg(unix)]
use args::Args;
#[cfg(unix)]
use both::Side;
#[cfg(unix)]
use program::Program;
#[cfg(unix)]
use std::{fs, process::ExitCode};

#[cfg(unix)]
fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("random: {wrong}");
            return ExitCode::from(2);
        }
    };
    if let Some((mode, file)) = &args.child {
        return both::be_child(*mode, file);
    }
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            println!("random: {e}\n0 passed, 1 failed");
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
/// Returns whether there were programs and all of them were equal.
fn run(args: &Args) -> Result<bool, String> {
    if args.print {
        programs(args)?.iter().for_each(|program| print!("{program}"));
        return Ok(true);
    }
    let not_asked = args.no_nim || std::env::var_os("TWINS_RECORDED").is_some();
    let nim = if not_asked { None } else { both::nim().transpose()? };
    let Some((nim, version)) = nim else {
        return run_recorded(if not_asked { "Nim not asked" } else { "no Nim compiler found" });
    };
    if args.bless {
        recorded::bless(&nim)?;
        println!("random: {} programs of seed {} recorded from Nim {version}", recorded::CASES, recorded::SEED);
        return Ok(true);
    }
    run_live(args, &nim, version)
}

#[cfg(unix)]
fn run_live(args: &Args, nim: &Side, version: &str) -> Result<bool, String> {
    let programs = programs(args)?;
    let report = check::live(&programs, nim)?;
    report.print_coverage();
    let stale = recorded::traces()? != nim.traces(&recorded::programs())?;
    if stale {
        println!("WRONG  what is recorded is not what real Nim prints: record it anew with --bless");
    }
    let source = args.file.as_ref().map_or(format!("seed {}", args.seed), |file| format!("from {file}"));
    println!("random: {} cases, {source}, {} differ, live against Nim {version}", programs.len(), report.differ);
    println!("{} passed, {} failed", report.equal, report.differ + usize::from(stale));
    Ok(report.differ == 0 && report.equal > 0 && !stale)
}

#[cfg(unix)]
fn run_recorded(why: &str) -> Result<bool, String> {
    println!("random: {why}, nothing compared live: only what was recorded");
    let report = check::recorded()?;
    report.print_coverage();
    println!("random: {} cases, seed {}, {} differ, recorded, {why}", recorded::CASES, recorded::SEED, report.differ);
    println!("{} passed, {} failed", report.equal, report.differ);
    Ok(report.differ == 0 && report.equal > 0)
}

#[cfg(unix)]
fn programs(args: &Args) -> Result<Vec<Program>, String> {
    match &args.file {
        Some(file) => Program::all_of(&fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?),
        None => Ok((0..args.cases).map(|i| generate::program(args.seed, i)).collect()),
    }
}

#[cfg(not(unix))]
fn main() {
    println!("random: not on this platform: its programs have pipes and socket pairs of Unix");
}
