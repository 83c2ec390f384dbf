//! The Nim half: compiled once a content, run live, and the only source of transcripts.

use crate::args::Args;
pub use asyncdispatch_compat_tests::nim::version;
use asyncdispatch_compat_tests::{
    Twin,
    nim::{self, FLAGS},
    process::{self, Outcome},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::Mutex,
    thread,
    time::Duration,
};

pub const RUN_LIMIT: Duration = Duration::from_secs(10);
/// Compilations at a time.
const WORKERS: usize = 2;

/// A Nim program; `differences/row_09_x` or plain `poll_x`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// Path below `nim/` without `.nim`.
    pub path: String,
}

impl Program {
    pub fn new(path: impl Into<String>) -> Program {
        Program { path: path.into() }
    }

    /// Every program on disk, by name.
    pub fn all() -> Vec<Program> {
        let mut found = Vec::new();
        for (folder, prefix) in [("nim", ""), ("nim/differences", "differences/")] {
            let files = fs::read_dir(home().join(folder)).into_iter().flatten().flatten();
            let stems = files.filter_map(|f| f.file_name().to_str()?.strip_suffix(".nim").map(str::to_owned));
            found.extend(stems.map(|stem| Program::new(format!("{prefix}{stem}"))));
        }
        found.sort();
        found
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub fn source(&self) -> PathBuf {
        home().join("nim").join(&self.path).with_extension("nim")
    }

    pub fn transcript(&self) -> PathBuf {
        home().join("transcripts").join(&self.path).with_extension("txt")
    }

    pub fn recorded(&self) -> Result<String, String> {
        fs::read_to_string(self.transcript()).map_err(|e| format!("no transcript {}: {e}", self.transcript().display()))
    }

    /// `S2.3, S2.9` of the first line `# S2.3, S2.9: …`.
    pub fn statements(&self) -> Result<String, String> {
        let text =
            fs::read_to_string(self.source()).map_err(|e| format!("no program {}: {e}", self.source().display()))?;
        let first = text.lines().next().unwrap_or_default();
        let numbers = first.strip_prefix("# ").and_then(|l| l.split_once(':')).map(|(numbers, _)| numbers.to_owned());
        numbers.ok_or_else(|| format!("{}: the first line is not `# S…: what`", self.source().display()))
    }

    fn run(&self, exe: &Path) -> Result<String, String> {
        let outcome: Outcome =
            process::run(Command::new(exe).current_dir(builds()), RUN_LIMIT).map_err(|e| e.to_string())?;
        match outcome.fault(RUN_LIMIT) {
            None => Ok(outcome.stdout),
            Some(fault) => Err(format!("the Nim program: {fault}\nafter printing:\n{}", outcome.stdout)),
        }
    }
}

/// Compiles all, two at a time, then runs them one by one: most of them are about time.
pub fn live(programs: &[Program], version: &str) -> Vec<Result<String, String>> {
    let compiled = compile_all(programs, version);
    programs.iter().zip(compiled).map(|(program, exe)| program.run(&exe?)).collect()
}

fn compile_all(programs: &[Program], version: &str) -> Vec<Result<PathBuf, String>> {
    if let Err(e) = fs::create_dir_all(builds()) {
        return vec![Err(e.to_string()); programs.len()];
    }
    let next = Mutex::new(programs.iter().enumerate());
    let done = Mutex::new(vec![Err("not compiled".to_owned()); programs.len()]);
    let lock = |m: &'_ Mutex<_>| -> Option<(usize, &Program)> {
        Iterator::next(&mut *m.lock().unwrap_or_else(|e| e.into_inner()))
    };
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((i, program)) = lock(&next) {
                    let exe = nim::compile(&program.source(), &builds(), version);
                    done.lock().unwrap_or_else(|e| e.into_inner())[i] = exe;
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(|e| e.into_inner())
}

/// Records the transcripts anew, from real Nim only; a program must print the same three times.
pub fn bless(args: &Args) -> ExitCode {
    let Some(version) = version() else {
        eprintln!("--bless needs a Nim compiler on the PATH");
        return ExitCode::FAILURE;
    };
    let programs = asked(args, version);
    let runs: Vec<_> = (0..3).map(|_| live(&programs, version)).collect();
    let mut failed = 0;
    for (i, program) in programs.iter().enumerate() {
        let said = record(program, [&runs[0][i], &runs[1][i], &runs[2][i]]);
        failed += usize::from(said.is_err());
        println!("{:<50} {}", program.path, said.unwrap_or_else(|e| format!("FAILED\n{e}")));
    }
    let stamp = format!("Nim {version}, {}\n", FLAGS[0]);
    if failed == 0
        && args.whole()
        && let Err(e) = fs::write(home().join("transcripts/VERSION"), stamp)
    {
        println!("VERSION: {e}");
        failed += 1;
    }
    println!("{} recorded from Nim {version}, {failed} failed", programs.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn record(program: &Program, runs: [&Result<String, String>; 3]) -> Result<String, String> {
    let text = runs[0].as_ref()?;
    for other in &runs[1..] {
        if other.as_ref()? != text {
            return Err(format!("prints something else each time:\n{text}---\n{}", other.as_ref()?));
        }
    }
    let old = fs::read_to_string(program.transcript()).ok();
    if old.as_ref() == Some(text) {
        return Ok("unchanged".to_owned());
    }
    let path = program.transcript();
    fs::create_dir_all(path.parent().unwrap_or(&path))
        .and_then(|()| fs::write(&path, text))
        .map_err(|e| e.to_string())?;
    Ok(if old.is_some() { "CHANGED" } else { "recorded" }.to_owned())
}

/// The programs that are asked for, without those of which this compiler prints something else than the transcript.
pub fn asked(args: &Args, version: &str) -> Vec<Program> {
    let old = version.starts_with("1.");
    let foreign = |twin: &Twin| if old { twin.only_2_2.is_some() } else { twin.only_1_6.is_some() };
    let foreign: Vec<_> = crate::all().filter(|(_, twin)| foreign(twin)).map(|(_, twin)| twin.name).collect();
    let wanted = |p: &Program| args.wants(p.name()) && !foreign.contains(&p.name());
    Program::all().into_iter().filter(wanted).collect()
}

/// `compat-tests/`.
pub fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn builds() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("nim")
}

/// Transcripts whose program is gone.
pub fn orphaned_transcripts(programs: &[Program]) -> Vec<String> {
    let mut orphans = Vec::new();
    for folder in ["transcripts", "transcripts/differences"] {
        for file in fs::read_dir(home().join(folder)).into_iter().flatten().flatten() {
            let path = file.path();
            if path.extension().is_some_and(|e| e == "txt") && !programs.iter().any(|p| p.transcript() == path) {
                orphans.push(path.display().to_string());
            }
        }
    }
    orphans
}
