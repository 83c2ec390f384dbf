//! The Rust half: started as a process of its own, run there on a fresh thread.

use asyncdispatch_compat_tests::{
    Mode, Twin,
    process::{self, Outcome},
    run_in,
};
use std::{process::ExitCode, thread, time::Duration};

/// A run that lasts longer is a hang.
pub const LIMIT: Duration = Duration::from_secs(10);

/// Runs one twin in one mode and returns what it printed.
pub fn run(twin: &Twin, mode: Mode) -> Result<Outcome, String> {
    let mut child = process::myself().map_err(|e| e.to_string())?;
    process::run(child.args(["--child", twin.name, mode.name()]), LIMIT).map_err(|e| e.to_string())
}

/// We are that process. A thread of its own, so that its end also shows the teardown of the thread's dispatcher.
pub fn be_child(name: &str, mode: Mode) -> ExitCode {
    let Some((_, twin)) = crate::all().find(|(_, twin)| twin.name == name) else {
        eprintln!("no twin {name}");
        return ExitCode::from(2);
    };
    let run = twin.run;
    let ended = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || run_in(mode, run).map_err(|e| format!("ended with error: {e}")))
        .map(|t| t.join());
    match ended {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(text))) => fail(&text),
        Ok(Err(_)) => fail("ended with a panic"),
        Err(e) => fail(&e.to_string()),
    }
}

fn fail(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}
