//! Random programs, run by an interpreter in Nim on Nim's `asyncdispatch` and by one in Rust on this crate: both must
//! leave the same trace. See "Random programs" in `compat-tests/README.md`.
//!
//! `cargo test -p asyncdispatch-compat-tests --test random -- [--cases N] [--seed S] [--no-nim] [--bless] [--file F] [--print]`

mod args;
mod both;
mod coverage;
mod ends;
mod events;
mod generate;
mod interpret;
mod procs;
mod program;
mod shrink;

use args::Args;
use asyncdispatch_compat_tests::Mode;
use both::Side;
use coverage::Coverage;
use program::Program;
use std::process::ExitCode;

/// How many programs one process runs.
const CHUNK: usize = 500;

/// How many programs that differ are made smaller and shown.
const SHOWN: usize = 5;

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
    match compare(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("random: {e}");
            ExitCode::FAILURE
        }
    }
}

fn programs(args: &Args) -> Result<Vec<Program>, String> {
    match &args.file {
        Some(file) => Program::all_of(&std::fs::read_to_string(file).map_err(|e| e.to_string())?),
        None => Ok((0..args.cases).map(|i| generate::program(args.seed, i)).collect()),
    }
}

fn compare(args: &Args) -> Result<bool, String> {
    let programs = programs(args)?;
    if args.print {
        programs.iter().for_each(|p| print!("{p}"));
        return Ok(true);
    }
    let (nim, version) = both::nim().ok_or("no nim")??;
    let mut coverage = Coverage::default();
    let mut differ = 0;
    for some in programs.chunks(CHUNK) {
        let wanted = nim.traces(some)?;
        wanted.iter().for_each(|t| coverage.add(t));
        for mode in [Mode::Owning, Mode::CurrentThread] {
            let side = Side::Rust(mode);
            let got = side.traces(some)?;
            for (i, program) in some.iter().enumerate() {
                if wanted[i] != got[i] {
                    differ += 1;
                    if differ <= SHOWN {
                        let sides = [nim.clone(), side.clone()];
                        let small = shrink::shrink(program.clone(), &sides)?;
                        let one = [small.clone()];
                        println!(
                            "{} {}\n{small}--- nim\n{}--- {}\n{}",
                            program.name,
                            mode.name(),
                            nim.traces(&one)?[0],
                            mode.name(),
                            side.traces(&one)?[0]
                        );
                    }
                }
            }
        }
    }
    coverage.print();
    println!("random: {} cases, seed {}, {differ} differ, live against Nim {version}", programs.len(), args.seed);
    Ok(differ == 0)
}
