//! Compares, prints a line a twin, and adds up.

use crate::{
    args::Args,
    ledger,
    nim::{self, Program},
    rows, rust,
};
use asyncdispatch_compat_tests::{
    Mode, Twin,
    diff::{diff, in_recorded_words, indent},
};
use std::{collections::HashMap, process::ExitCode};

/// What real Nim printed this time, by path of the program.
type Live = HashMap<String, Result<String, String>>;

pub fn run(args: &Args, twins: &[(&str, &Twin)]) -> ExitCode {
    let recorded_only = args.no_nim || std::env::var_os("TWINS_RECORDED").is_some();
    let compiler = if recorded_only { None } else { nim::version() };
    let live = compiler.map(|version| run_nim(args, version)).unwrap_or_default();
    let (mut equal, mut differ) = (0, 0);
    let mut add = |line: &str, faults: Vec<String>| {
        println!("{} {line}", if faults.is_empty() { "ok    " } else { "DIFFER" });
        faults.iter().for_each(|f| println!("{}", indent(f)));
        if faults.is_empty() { equal += 1 } else { differ += 1 }
    };
    for (subject, twin) in twins {
        let (line, faults) = check_twin(subject, twin, args, &live);
        add(&line, faults);
    }
    let whole = if args.whole() { check_whole() } else { Vec::new() };
    whole.iter().for_each(|fault| println!("WRONG  {fault}"));
    if args.whole() {
        println!("ledger: {}", ledger::summary());
    }
    let judge = compiler.map_or("recorded, no Nim compiler found".to_owned(), |v| format!("live against Nim {v}"));
    println!(
        "twins: {equal} equal, {differ} differ, {}",
        if recorded_only { "recorded, Nim not asked" } else { &judge }
    );
    println!("{equal} passed, {} failed", differ + whole.len());
    if differ + whole.len() == 0 && equal > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_nim(args: &Args, version: &str) -> Live {
    let programs = nim::asked(args, version);
    let runs = nim::live(&programs, version);
    programs.into_iter().map(|p| p.path).zip(runs).collect()
}

/// Where the Nim half of a twin lies.
fn program_of(twin: &Twin) -> Program {
    Program::new(if twin.instead.is_some() { format!("differences/{}", twin.name) } else { twin.name.to_owned() })
}

fn check_twin(subject: &str, twin: &Twin, args: &Args, live: &Live) -> (String, Vec<String>) {
    let program = program_of(twin);
    let mut faults = Vec::new();
    match program.statements() {
        Ok(s) if s == twin.statements => {}
        Ok(s) => faults.push(format!("the table says it pins {}, the Nim program {s}", twin.statements)),
        Err(e) => faults.push(e),
    }
    faults.extend(check_live(&program, live));
    let mut ran = Vec::new();
    if !args.only_nim {
        for mode in twin.modes().iter().filter(|m| args.mode.is_none_or(|asked| asked == **m)) {
            ran.push(mode.name());
            faults.extend(check_rust(twin, *mode, &program));
        }
    }
    (describe(subject, twin, &ran, live.contains_key(&program.path)), faults)
}

fn describe(subject: &str, twin: &Twin, ran: &[&str], live: bool) -> String {
    let mut line = format!("{:<52} {:<22} ", format!("{subject}::{}", twin.name), twin.statements);
    line += &if ran.len() == Mode::ALL.len() { "all modes".to_owned() } else { ran.join(" ") };
    if let Some(why) = twin.owning_because {
        line += &format!(" only ({why})");
    }
    if let Some(what) = twin.only_2_2 {
        line += &format!("; as Nim 2.2 ({what})");
    }
    if let Some(what) = twin.only_1_6 {
        line += &format!("; as Nim 1.6 ({what})");
    }
    if twin.instead.is_some() {
        line += "; differs on purpose";
    }
    if live { line + "; Nim live" } else { line }
}

/// Nim's output of today against the recorded one; without a compiler only that there is one.
fn check_live(program: &Program, live: &Live) -> Vec<String> {
    let recorded = match program.recorded() {
        Ok(text) => text,
        Err(e) => return vec![e],
    };
    match live.get(&program.path) {
        None => Vec::new(),
        Some(Err(e)) => vec![e.clone()],
        Some(Ok(text)) if *text == recorded => Vec::new(),
        Some(Ok(text)) => {
            vec![format!("real Nim prints something else than its transcript:\n{}", diff(&recorded, text))]
        }
    }
}

fn check_rust(twin: &Twin, mode: Mode, program: &Program) -> Option<String> {
    let wanted = match twin.instead {
        Some(text) => text.to_owned(),
        None => program.recorded().ok()?, // said by `check_live`
    };
    let outcome = match rust::run(twin, mode) {
        Ok(outcome) => outcome,
        Err(e) => return Some(format!("{}: does not start: {e}", mode.name())),
    };
    let fault = outcome.fault(rust::LIMIT);
    let printed = in_recorded_words(outcome.stdout);
    if fault.is_none() && printed == wanted {
        return None;
    }
    let fault = fault.unwrap_or_else(|| "another transcript".to_owned());
    Some(format!("{}: {fault}\n{}", mode.name(), diff(&wanted, &printed)))
}

/// Files, table and ledger fit together.
fn check_whole() -> Vec<String> {
    let programs = Program::all();
    let mut faults = Vec::new();
    let mut names: Vec<_> = crate::all().map(|(_, t)| t.name).collect();
    names.sort_unstable();
    faults.extend(names.windows(2).filter(|w| w[0] == w[1]).map(|w| format!("two twins are named {}", w[0])));
    let ported = |p: &&Program| crate::all().any(|(_, twin)| program_of(twin) == **p);
    faults.extend(programs.iter().filter(|p| !ported(p)).map(|p| format!("nim/{}.nim has no Rust twin", p.path)));
    faults.extend(nim::orphaned_transcripts(&programs).into_iter().map(|t| format!("{t} has no Nim program")));
    faults.extend(ledger::check(&programs));
    faults.extend(rows::check());
    faults
}
