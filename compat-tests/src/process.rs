//! A process with a time limit, its output collected.

use std::{
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
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
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let status = wait(&mut child, limit)?;
    Ok(Outcome { status, stdout: stdout(), stderr: stderr() })
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

/// Reads a pipe in a thread; a grandchild that keeps it open costs what it says, not the run.
fn collect(pipe: Option<impl Read + Send + 'static>) -> impl FnOnce() -> String {
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut buf = [0; 4096];
        while let Ok(n @ 1..) = pipe.read(&mut buf) {
            if sender.send(buf[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    move || {
        let mut bytes = Vec::new();
        while let Ok(more) = receiver.recv_timeout(Duration::from_millis(500)) {
            bytes.extend(more);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
