//! A process with a time limit, its output collected.

use rustix::fs::{MemfdFlags, memfd_create};
use std::{
    fs::File,
    io::{Read as _, Seek as _},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

pub struct Outcome {
    /// `None`: it was still running at the end of its time, and was killed.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// What went wrong, if anything did.
    pub fn fault(&self, limit: Duration) -> Option<String> {
        let what = match self.status {
            Some(status) if status.success() => return None,
            Some(status) => status.to_string(),
            None => format!("HANG: killed after {} s", limit.as_secs()),
        };
        Some(format!("{what}\n{}", self.stderr.trim_end()))
    }
}

/// Runs `command` to its end, or kills it after `limit`.
pub fn run(command: &mut Command, limit: Duration) -> std::io::Result<Outcome> {
    let (stdout, stderr) = (memory()?, memory()?);
    command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let mut child = command.spawn()?;
    let status = wait(&mut child, limit)?;
    Ok(Outcome { status, stdout: text(stdout)?, stderr: text(stderr)? })
}

/// A file without a name. Unlike a pipe it has no reader who could be late, or wait for a grandchild.
fn memory() -> std::io::Result<File> {
    Ok(memfd_create("output", MemfdFlags::CLOEXEC)?.into())
}

fn text(mut file: File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(1));
    }
}
