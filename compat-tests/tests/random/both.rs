//! Runs programs on each side, in a process of its own, and gives their traces.

use crate::{interpret, interpret::Trace, program::Program};
use asyncdispatch_compat_tests::{Mode, nim, process, run_in};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::{
        PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// For one file of programs: a side that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Who runs a program.
#[derive(Clone)]
pub enum Side {
    /// The interpreter that Nim has compiled.
    Nim(PathBuf),
    Rust(Mode),
}

/// Compiles Nim's interpreter, if there is a compiler; also tells which.
pub fn nim() -> Option<Result<(Side, &'static str), String>> {
    let version = nim::version()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("nim/random/interpreter.nim");
    let builds = scratch();
    let made = fs::create_dir_all(&builds).map_err(|e| e.to_string());
    Some(made.and_then(|()| Ok((Side::Nim(nim::compile(&source, &builds, version)?), version))))
}

fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("random")
}

impl Side {
    pub fn name(&self) -> &'static str {
        match self {
            Side::Nim(_) => "nim",
            Side::Rust(mode) => mode.name(),
        }
    }

    /// The traces of all programs, in their order. A program that hangs, crashes or panics has that in its trace, and
    /// those after it in the same file have `not run`.
    pub fn traces(&self, programs: &[Program]) -> Result<Vec<String>, String> {
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        fs::create_dir_all(scratch()).map_err(|e| e.to_string())?;
        let file = scratch().join(format!("{}-{number}.txt", std::process::id()));
        fs::write(&file, programs.iter().map(Program::to_string).collect::<String>()).map_err(|e| e.to_string())?;
        let outcome = process::run(&mut self.command(&file)?, LIMIT).map_err(|e| e.to_string())?;
        let _ = fs::remove_file(&file);
        let mut traces = split(&outcome.stdout);
        if let Some(fault) = outcome.fault(LIMIT) {
            traces.last_mut().ok_or_else(|| fault.clone())?.push_str(&fault);
        }
        traces.resize(programs.len(), "not run\n".to_owned());
        Ok(traces)
    }

    fn command(&self, file: &Path) -> Result<Command, String> {
        let mut command = match self {
            Side::Nim(exe) => Command::new(exe),
            Side::Rust(mode) => {
                let mut command = process::myself().map_err(|e| e.to_string())?;
                command.args(["--child", mode.name()]);
                command
            }
        };
        command.arg(file);
        Ok(command)
    }
}

/// The output of a side, which begins each program with `case NAME`.
pub fn split(output: &str) -> Vec<String> {
    let mut traces: Vec<String> = Vec::new();
    for line in output.lines() {
        if line.starts_with("case ") {
            traces.push(String::new());
        } else if let Some(trace) = traces.last_mut() {
            trace.push_str(line);
            trace.push('\n');
        }
    }
    traces
}

/// We are the process of one Rust run.
pub fn be_child(mode: Mode, file: &str) -> ExitCode {
    let programs = fs::read_to_string(file).map_err(|e| e.to_string()).and_then(|text| Program::all_of(&text));
    match programs {
        Ok(programs) => {
            for program in programs {
                println!("case {}", program.name);
                print!("{}", run_alone(mode, program));
            }
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// A thread of its own: its dispatcher is a fresh one, whose teardown is part of the run.
fn run_alone(mode: Mode, program: Program) -> String {
    let trace = Trace::default();
    let written = trace.clone();
    let ended =
        thread::spawn(move || run_in(mode, |w| Box::pin(interpret::run(program, trace, w))).map_err(|e| e.to_string()))
            .join();
    let mut text = std::mem::take(&mut *written.lock().unwrap_or_else(PoisonError::into_inner));
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(e)) => text.push_str(&format!("ended with error: {e}\n")),
        Err(_) => text.push_str("ended with a panic\n"),
    }
    text
}
