//! The chat example's demo: nothing is lost, and it says so if something is.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The build of the example included.
const DEADLINE: Duration = Duration::from_secs(300);

/// Runs the demo as a user does, and answers its status and its last line.
fn demo(args: &[&str]) -> (ExitStatus, String) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    cargo.args(["run", "--quiet", "--package", "asyncdispatch", "--example", "chat"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo.args(["--", "--demo"]).args(args);
    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("cargo starts");
    let mut stdout = child.stdout.take().expect("piped");
    let output = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            break status;
        }
        if begun.elapsed() > DEADLINE {
            child.kill().ok();
            panic!("the demo has not ended within {DEADLINE:?}"); // it ends itself after a minute
        }
        thread::sleep(Duration::from_millis(20));
    };
    let text = output.join().expect("no panic").expect("text");
    println!("{text}");
    (status, text.lines().last().unwrap_or_default().to_owned())
}

#[test]
fn nothing_is_lost() {
    let (status, last) = demo(&[]);
    assert_eq!(last, "chat demo: 50 clients, 490000 messages, 0 lost");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_lost_line_is_noticed() {
    let (status, last) = demo(&["--drop-one"]);
    assert_eq!(last, "chat demo: 50 clients, 489999 messages, 1 lost");
    assert_eq!(status.code(), Some(1));
}
