//! The model of `compat-tests/tests/model`, with steps that a fuzzer makes. See `compat-tests/ROBUSTNESS.md`.
#![no_main]

// What only the model's report uses.
#[allow(dead_code, unused_imports)]
#[path = "../../compat-tests/tests/model/machine/mod.rs"]
mod machine;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(violation) = machine::run(bytes).violation {
        panic!("{violation}");
    }
});
