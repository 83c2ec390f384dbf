//! The command line.

use asyncdispatch_compat_tests::Mode;

#[derive(Default)]
pub struct Args {
    pub filters: Vec<String>,
    pub exact: bool,
    pub list: bool,
    pub bless: bool,
    pub no_nim: bool,
    pub only_nim: bool,
    pub mode: Option<Mode>,
    /// We are the process of one run.
    pub child: Option<(String, Mode)>,
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args = Args::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--exact" => args.exact = true,
                "--list" => args.list = true,
                "--bless" => args.bless = true,
                "--no-nim" => args.no_nim = true,
                "--only-nim" => args.only_nim = true,
                "--mode" => args.mode = Some(mode(words.next())?),
                "--child" => {
                    let name = words.next().ok_or("--child NAME MODE")?;
                    args.child = Some((name, mode(words.next())?));
                }
                "--nocapture" | "--show-output" | "--quiet" | "-q" => {} // cargo's habits, without meaning here
                flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
                _ => args.filters.push(word),
            }
        }
        Ok(args)
    }

    /// Is this name asked for?
    pub fn wants(&self, name: &str) -> bool {
        let hit = |f: &String| if self.exact { name == f } else { name.contains(f.as_str()) };
        self.filters.is_empty() || self.filters.iter().any(hit)
    }

    /// Everything is asked for, so that the checks of the whole (files, ledger) make sense.
    pub fn whole(&self) -> bool {
        self.filters.is_empty() && self.mode.is_none() && !self.only_nim
    }
}

fn mode(word: Option<String>) -> Result<Mode, String> {
    let word = word.ok_or("a mode is missing")?;
    Mode::named(&word).ok_or_else(|| {
        format!("unknown mode {word}: one of {}", Mode::ALL.iter().map(|m| m.name()).collect::<Vec<_>>().join(" "))
    })
}
