//! The command line.

pub struct Args {
    pub steps: u64,
    pub runs: u64,
    pub seed: u64,
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args = Args { steps: 1_000_000, runs: 100_000, seed: 1 };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--steps" => args.steps = value()?.parse().map_err(|_| "--steps takes a number")?,
                "--runs" => args.runs = value()?.parse().map_err(|_| "--runs takes a number")?,
                "--seed" => args.seed = value()?.parse().map_err(|_| "--seed takes a number")?,
                "--nocapture" | "--show-output" | "--quiet" | "-q" => {} // cargo's habits, without meaning here
                other => return Err(format!("unknown option {other}")),
            }
        }
        Ok(args)
    }
}
