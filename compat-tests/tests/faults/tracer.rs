//! strace, attached to a running process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

pub struct Tracer {
    child: Child,
    lines: BufReader<std::process::ChildStderr>,
}

pub fn is_installed() -> bool {
    Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

impl Tracer {
    /// Returns when strace has attached: from then on `call` is counted, and the `when`th fails.
    pub fn attach(pid: u32, call: &str, errno: &str, when: u32) -> std::io::Result<Tracer> {
        let mut child = Command::new("strace")
            .args(["-f", "-p", &pid.to_string(), "-e", &format!("trace={call},epoll_pwait")])
            .args(["-e", &format!("inject={call}:error={errno}:when={when}"), "-e", "signal=none"])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("attached") {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Err(std::io::Error::other("strace cannot attach"));
            }
        }
        Ok(Tracer { child, lines })
    }

    /// What it has seen; the traced process has to have ended.
    pub fn finish(mut self) -> std::io::Result<String> {
        let mut seen = String::new();
        self.lines.read_to_string(&mut seen)?;
        self.child.wait()?;
        Ok(seen)
    }
}
