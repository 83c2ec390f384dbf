//! The programs that are measured: this one under another role, and those of other languages, which are compiled on
//! first use and kept in `target`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cpu;

/// In which language and how compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Rust,
    Nim,
    NimDanger,
    C,
}

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Program {
    pub language: Language,
    pub args: Vec<String>,
}

impl Program {
    /// `role` is `serve` or `micro`.
    pub fn new(language: Language, role: &str, args: &[String]) -> Program {
        let role = if language == Language::Rust { format!("--{role}") } else { role.into() };
        Program { language, args: [&[role], args].concat() }
    }

    /// The command line; `None` where the language is not installed.
    fn line(&self) -> io::Result<Option<(OsString, &[String])>> {
        let source = |role: &str| match role {
            "serve" => "server",
            _ => "micro",
        };
        let built = match self.language {
            Language::Rust => return Ok(Some((env::current_exe()?.into(), &self.args))),
            Language::Nim => nim(source(&self.args[0]), "release")?,
            Language::NimDanger => nim(source(&self.args[0]), "danger")?,
            Language::C => uv(source(&self.args[0]))?,
        };
        Ok(built.map(|path| (path.into(), &self.args[1..])))
    }

    pub fn is_there(&self) -> io::Result<bool> {
        Ok(self.line()?.is_some())
    }

    /// The command, `wrapper` before it.
    pub fn command(&self, wrapper: &[String]) -> io::Result<Command> {
        let (program, args) = self.line()?.ok_or(io::ErrorKind::NotFound)?;
        let mut line: Vec<OsString> = wrapper.iter().map(OsString::from).collect();
        line.push(program);
        line.extend(args.iter().map(OsString::from));
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).stdin(Stdio::null());
        Ok(command)
    }

    /// Runs it to its end on the processor for programs and answers what it prints.
    pub fn output(&self) -> io::Result<String> {
        let child = self.command(&[])?.stdout(Stdio::piped()).spawn()?;
        cpu::pin(Some(child.id()), cpu::PROGRAMS)?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("{self:?}: {}", output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A server at work; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(program: &Program, wrapper: &[String]) -> io::Result<Server> {
        let mut command = program.command(wrapper)?;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        cpu::pin(Some(child.id()), cpu::PROGRAMS)?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let port = line.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        let Some(port) = port else {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other(format!("{program:?} says {line:?} instead of its port")));
        };
        Ok(Server { child, address: SocketAddr::from(([127, 0, 0, 1], port)) })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Whether a program is on the PATH.
pub fn is_installed(name: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(name).is_file())
}

fn nim(name: &str, mode: &str) -> io::Result<Option<PathBuf>> {
    if !is_installed("nim") {
        return Ok(None);
    }
    let source = here().join(format!("nim/{name}.nim"));
    let target = folder()?.join(format!("nim-{name}-{mode}"));
    let cache = format!("--nimcache:{}-cache", target.display());
    let out = format!("-o:{}", target.display());
    let mode = format!("-d:{mode}");
    let args = ["c", &mode, "--hints:off", &cache, &out, &source.to_string_lossy()];
    compile("nim", &args, &source, target).map(Some)
}

fn uv(name: &str) -> io::Result<Option<PathBuf>> {
    let source = here().join(format!("uv/{name}.c"));
    if !Path::new("/usr/include/uv.h").is_file() || !is_installed("cc") || !source.is_file() {
        return Ok(None);
    }
    let target = folder()?.join(format!("uv-{name}"));
    let args = ["-O2", "-o", &target.to_string_lossy(), &source.to_string_lossy(), "-luv"];
    compile("cc", &args, &source, target.clone()).map(Some)
}

/// Runs the compiler if `source` is newer than `target`.
fn compile(compiler: &str, args: &[&str], source: &Path, target: PathBuf) -> io::Result<PathBuf> {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    if changed(&target).is_none_or(|built| changed(source).is_none_or(|written| written > built)) {
        eprintln!("{compiler} {}", args.join(" "));
        let status = Command::new(compiler).args(args).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{compiler}: {status}")));
        }
    }
    Ok(target)
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

fn folder() -> io::Result<PathBuf> {
    let exe = env::current_exe()?;
    let release = exe.ancestors().nth(2).unwrap_or(Path::new("."));
    let folder = release.join("peers");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
