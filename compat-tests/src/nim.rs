//! The Nim compiler: which one there is, and one compilation for each content of a program.

use crate::process;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

const COMPILE_LIMIT: Duration = Duration::from_secs(300);

/// What every program is compiled with: a release build as Nim knows it (checks, assertions, traces), for which only the C
/// compiler optimises nothing, which takes a third of the time.
pub const FLAGS: &[&str] = &["-d:release", "--opt:none", "--hints:off", "--warnings:off"];

/// `1.6.10`, if there is a compiler.
pub fn version() -> Option<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    let ask = || {
        let outcome = process::run(Command::new("nim").arg("--version"), COMPILE_LIMIT).ok()?;
        let words = outcome.stdout.split_whitespace().skip_while(|w| *w != "Version").nth(1)?;
        Some(words.to_owned())
    };
    VERSION.get_or_init(ask).as_deref()
}

/// Compiles, unless this very text was compiled before with this compiler; returns the executable, which lies in
/// `builds`.
pub fn compile(source: &Path, builds: &Path, version: &str) -> Result<PathBuf, String> {
    let text = fs::read_to_string(source).map_err(|e| e.to_string())?;
    let name = source.file_stem().unwrap_or_default().to_string_lossy();
    let exe = builds.join(format!("{name}-{:016x}", hash(&format!("{version}\n{FLAGS:?}\n{text}"))));
    if exe.exists() {
        return Ok(exe);
    }
    let cache = exe.with_extension("cache");
    let unfinished = exe.with_extension("new");
    let mut command = Command::new("nice");
    command.args(["-n", "10", "nim", "c"]).args(FLAGS).args(flags_of(&text));
    command.arg(format!("--nimcache:{}", cache.display())).arg(format!("--out:{}", unfinished.display())).arg(source);
    let outcome = process::run(&mut command, COMPILE_LIMIT).map_err(|e| format!("nim does not start: {e}"))?;
    let _ = fs::remove_dir_all(&cache);
    if let Some(fault) = outcome.fault(COMPILE_LIMIT) {
        return Err(format!("nim does not compile it: {fault}\n{}", outcome.stdout));
    }
    fs::rename(&unfinished, &exe).map_err(|e| e.to_string())?;
    Ok(exe)
}

/// Flags of a line `# nim: --threads:on`.
fn flags_of(text: &str) -> Vec<&str> {
    text.lines().filter_map(|l| l.strip_prefix("# nim: ")).flat_map(str::split_whitespace).collect()
}

/// FNV-1a: the same in every build.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
