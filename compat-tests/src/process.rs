//! A process with a time limit, its output collected.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _},
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
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

/// This very program once more, through the emulator that `TEST_RUNNER` names, if any.
pub fn myself() -> std::io::Result<Command> {
    let exe = std::env::current_exe()?;
    let Ok(runner) = std::env::var("TEST_RUNNER") else { return Ok(Command::new(exe)) };
    let mut words = runner.split_whitespace();
    let mut command = Command::new(words.next().expect("the name of an emulator"));
    command.args(words).arg(exe);
    Ok(command)
}

/// Runs `command` to its end, or kills it after `limit`.
pub fn run(command: &mut Command, limit: Duration) -> std::io::Result<Outcome> {
    let (stdout, stderr) = (memory()?, memory()?);
    command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let mut child = command.spawn()?;
    let status = wait(&mut child, limit)?;
    Ok(Outcome { status, stdout: text(stdout)?, stderr: text(stderr)? })
}

/// A file that is gone when nobody has it open. Unlike a pipe it has no reader who could be late, or wait for a grandchild.
fn memory() -> std::io::Result<File> {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("asyncdispatch-output-{}-{number}", process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
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
