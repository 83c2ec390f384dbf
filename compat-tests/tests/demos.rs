//! The examples that end by themselves, run as a user runs them.

use std::process::{Command, Stdio};

/// What an example prints; it must end well.
fn printed(example: &str, args: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    cargo.args(["run", "--quiet", "--package", "asyncdispatch", "--example", example]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.arg("--").args(args).stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("cargo");
    assert!(output.status.success(), "{example}: {:?}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn framed_lines_talks_by_lines() {
    let expected = "set colour green -> ok\n\
                    get colour -> green\n\
                    get shape -> nothing\n\
                    sing -> set NAME WORD, get NAME or quit\n\
                    quit -> the server hung up\n";
    assert_eq!(printed("framed_lines", &["--demo"]), expected);
}

#[test]
fn mix_with_tokio_brings_numbers_to_a_task_and_the_sum_back() {
    let expected = "told the loop: 15\n\
                    the sum is 15\n\
                    the timer went on: true\n\
                    tokio reads the rest: good bye\n";
    assert_eq!(printed("mix_with_tokio", &[]), expected);
}

#[test]
fn multi_core_serves_every_connection_on_all_its_threads() {
    let printed = printed("multi_core", &["--demo"]);
    assert_eq!(printed.lines().last(), Some("multi_core: 400 connections served, 0 threads idle"), "{printed}");
}
