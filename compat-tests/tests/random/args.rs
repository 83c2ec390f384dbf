//! The command line.

use asyncdispatch_compat_tests::Mode;

pub struct Args {
    pub cases: usize,
    pub seed: u64,
    pub no_nim: bool,
    pub bless: bool,
    /// A file of programs instead of generated ones.
    pub file: Option<String>,
    /// Print the programs and run nothing.
    pub print: bool,
    /// We are the process of one run: its mode and file.
    pub child: Option<(Mode, String)>,
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args =
            Args { cases: 2000, seed: 1, no_nim: false, bless: false, file: None, print: false, child: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--cases" => args.cases = value()?.parse().map_err(|_| "--cases takes a number")?,
                "--seed" => args.seed = value()?.parse().map_err(|_| "--seed takes a number")?,
                "--no-nim" => args.no_nim = true,
                "--bless" => args.bless = true,
                "--print" => args.print = true,
                "--file" => args.file = Some(value()?),
                "--child" => {
                    let mode = value()?;
                    args.child = Some((Mode::named(&mode).ok_or("unknown mode")?, value()?));
                }
                "--nocapture" | "--show-output" | "--quiet" | "-q" => {} // cargo's habits, without meaning here
                other => return Err(format!("unknown option {other}")),
            }
        }
        Ok(args)
    }
}
