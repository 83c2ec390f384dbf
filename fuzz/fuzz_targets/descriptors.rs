//! The small model of `compat-tests/tests/model/quick`, with steps that a fuzzer makes. See `compat-tests/ROBUSTNESS.md`.
#![no_main]

#[path = "../../compat-tests/tests/model/quick/mod.rs"]
mod quick;

use std::sync::atomic::{AtomicU64, Ordering};

use libfuzzer_sys::fuzz_target;

static RUNS: AtomicU64 = AtomicU64::new(0);

/// How often the steps are told.
const INTERVAL: u64 = 1_000_000;

fuzz_target!(|bytes: &[u8]| {
    if let Some(violation) = quick::run(bytes) {
        panic!("{violation}");
    }
    let runs = RUNS.fetch_add(1, Ordering::Relaxed) + 1;
    if runs % INTERVAL == 0 {
        eprintln!("{runs} runs of {} steps", quick::steps());
    }
});
