//! A fault at each system call: a victim process serves and dials while strace makes one of its calls fail, and nothing
//! else may suffer. See "Robustness" in `compat-tests/README.md`.
//!
//! `cargo test -p asyncdispatch-compat-tests --test faults -- [--occurrences N] [--only SYSCALL]`

#[cfg(target_os = "linux")]
mod clients;
#[cfg(target_os = "linux")]
mod errno;
#[cfg(target_os = "linux")]
mod expected;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod scene;
#[cfg(target_os = "linux")]
mod tracer;
#[cfg(target_os = "linux")]
mod victim;

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
#[cfg(target_os = "linux")]
use std::process::ExitCode;

#[cfg(target_os = "linux")]
use errno::ERRNOS;
#[cfg(target_os = "linux")]
use expected::FAULTS;
#[cfg(target_os = "linux")]
use run::Fault;
#[cfg(target_os = "linux")]
use scene::Scene;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [role, scene] = &words[..] {
        if role == "--victim" {
            return victim::be_victim(Scene::named(scene).expect("a scene"));
        }
    }
    let value = |name| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
    let occurrences = value("--occurrences").map_or(2, |number| number.parse().expect("a number"));
    assert!(occurrences as usize <= scene::UNITS, "no call is sure to come more often than {} times", scene::UNITS);
    let faults = faults(occurrences, value("--only").map(String::as_str));
    if !tracer::is_installed() {
        println!("faults: 0 passed, 0 failed, {} NOT RUN: strace is not installed (Debian: strace)", faults.len());
        return if std::env::var_os("FAULTS_NEEDED").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    run_all(&faults)
}

#[cfg(target_os = "linux")]
/// Every system call and error, at its first, … `occurrences`th call.
fn faults(occurrences: u32, only: Option<&str>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (call, scenes) in FAULTS.iter().filter(|(call, _)| only.is_none_or(|only| only == *call)) {
        for errno in ERRNOS {
            for scene in scenes.iter().copied() {
                faults.extend((1..=occurrences).map(|when| Fault { call, errno, when, scene }));
            }
        }
    }
    faults
}

#[cfg(target_os = "linux")]
fn run_all(faults: &[Fault]) -> ExitCode {
    let (mut passed, mut wrong) = (0, 0);
    let mut table: BTreeMap<String, BTreeMap<i32, &str>> = BTreeMap::new();
    for fault in faults {
        match run::one(fault) {
            Ok(came) => {
                passed += 1;
                let (call, errno) = (fault.call, fault.errno);
                table.entry(format!("{call}: {came}")).or_default().insert(errno.number, errno.name);
            }
            Err(why) => {
                wrong += 1;
                println!("WRONG  {fault}: {why}");
            }
        }
    }
    for (what, errnos) in &table {
        println!("{what}: {}", errnos.values().copied().collect::<Vec<_>>().join(" "));
    }
    println!("faults: {passed} passed, {wrong} failed");
    if wrong == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("faults: not on this platform: strace is Linux's");
}
