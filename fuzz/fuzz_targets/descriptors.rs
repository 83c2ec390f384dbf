//! The small model of `compat-tests/tests/model/quick`, with steps that a fuzzer makes. See `compat-tests/ROBUSTNESS.md`.
#![no_main]

#[path = "../../compat-tests/tests/model/quick/mod.rs"]
mod quick;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(violation) = quick::run(bytes) {
        panic!("{violation}");
    }
});
