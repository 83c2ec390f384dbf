//! What real Nim has printed for the first programs of seed 1, for machines without a Nim compiler.

use crate::{
    both::{self, Side},
    generate,
    program::Program,
};
use asyncdispatch_compat_tests::nim;
use std::{fs, path::PathBuf};

/// How many programs are recorded.
pub const CASES: usize = 200;

pub const SEED: u64 = 1;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("transcripts/random/seed_1.txt")
}

pub fn programs() -> Vec<Program> {
    (0..CASES).map(|i| generate::program(SEED, i)).collect()
}

/// So that a trace is never compared with that of another program, when the generator has changed.
fn headline(program: &Program) -> String {
    format!("case {} {:016x}", program.name, nim::hash(&program.to_string()))
}

/// The recorded traces of [`programs`], in their order.
pub fn traces() -> Result<Vec<String>, String> {
    let text = fs::read_to_string(file()).map_err(|e| format!("{}: {e}", file().display()))?;
    let wanted: Vec<_> = programs().iter().map(headline).collect();
    let found: Vec<_> = text.lines().filter(|line| line.starts_with("case ")).map(str::to_owned).collect();
    if wanted != found {
        return Err("the recorded traces are of other programs: record them anew with --bless".to_owned());
    }
    Ok(both::split(&text))
}

/// Records them, from real Nim only.
pub fn bless(nim: &Side) -> Result<(), String> {
    let programs = programs();
    let traces = nim.traces(&programs)?;
    if nim.traces(&programs)? != traces {
        return Err("Nim prints something else each time".to_owned());
    }
    let text: String = programs.iter().zip(&traces).map(|(p, trace)| format!("{}\n{trace}", headline(p))).collect();
    let folder = file().parent().map(fs::create_dir_all);
    folder.unwrap_or(Ok(())).and_then(|()| fs::write(file(), text)).map_err(|e| e.to_string())
}
