//! The command line, and the order of it all.

use std::error::Error;

use crate::cases::{self, Case, Kind};
use crate::counts;
use crate::cpu;
use crate::goals;
use crate::plot;
use crate::records::Records;
use crate::rounds::{Effort, measure};

/// Ratios whose rounds differ by more than this part of the median are named at the end.
const NOISY: f64 = 0.15;

#[derive(Default)]
struct Options {
    quick: bool,
    /// Count instructions, and do nothing else.
    instructions: bool,
    table: bool,
    json: Option<String>,
    plot: Option<String>,
    filter: String,
}

impl Options {
    fn of(args: Vec<String>) -> Result<Options, Box<dyn Error>> {
        let mut options = Options::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--instructions" => options.instructions = true,
                "--table" => options.table = true,
                "--json" => options.json = Some(args.next().ok_or("--json FILE")?),
                "--plot" => options.plot = Some(args.next().ok_or("--plot FILE")?),
                option if option.starts_with("--") => return Err(format!("no option is called {option}").into()),
                filter => options.filter = filter.into(),
            }
        }
        Ok(options)
    }

    /// What the filter asks for; `--quick` makes micro cases smaller and leaves Nim's second mode out.
    fn cases(&self, effort: Effort) -> Vec<Case> {
        let mut cases = cases::all();
        cases.retain(|case| case.name.contains(&self.filter));
        for case in &mut cases {
            case.peers.retain(|who| !self.quick || who.name != "nim-danger");
            if let Kind::Micro { operations } = &mut case.kind {
                *operations = (*operations / effort.divisor).max(20);
            }
        }
        cases
    }
}

pub fn run(args: Vec<String>) -> Result<(), Box<dyn Error>> {
    let options = Options::of(args)?;
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let cases = options.cases(effort);
    cpu::pin(None, cpu::CLIENTS)?;
    let mut records = Records::new();
    println!("# {}", records.sentence());
    say_what_is_missing(&cases)?;
    if !options.instructions {
        for case in &cases {
            measure(case, effort, &mut records)?;
        }
        count("strace", &cases, counts::has_calls, counts::calls, &mut records)?;
    }
    if options.quick {
        println!("# --quick leaves out nim-danger and the instructions, which benches/instructions.sh counts");
    } else {
        count("valgrind", &cases, counts::has_instructions, counts::instructions, &mut records)?;
    }
    say_what_is_noisy(&records);
    write(&options, &records)
}

fn say_what_is_missing(cases: &[Case]) -> Result<(), Box<dyn Error>> {
    let mut missing = Vec::new();
    for case in cases {
        for who in &case.peers {
            if !who.program(case).is_there()? && !missing.contains(&who.name) {
                missing.push(who.name);
            }
        }
    }
    if !missing.is_empty() {
        println!("# NOT INSTALLED and left out: {}", missing.join(", "));
    }
    Ok(())
}

type Count = fn(&Case, &mut Records) -> Result<(), Box<dyn Error>>;

fn count(
    tool: &str,
    cases: &[Case],
    wanted: fn(&Case) -> bool,
    count: Count,
    records: &mut Records,
) -> Result<(), Box<dyn Error>> {
    if let Some(why) = counts::missing(tool) {
        println!("# {why}");
        return Ok(());
    }
    cases.iter().filter(|case| wanted(case)).try_for_each(|case| count(case, records))
}

fn say_what_is_noisy(records: &Records) {
    println!("# CPU times depend on what else runs on the machine; system calls and instructions hardly do.");
    println!("# lateness and start-to-first-echo are times by the clock, where one round says little.");
    let noisy = records.lines.iter().filter(|line| line.figure == "ratio" && line.spread.width() > NOISY);
    let noisy: Vec<String> = noisy.map(|line| format!("{} {}", line.case, line.who)).collect();
    if !noisy.is_empty() {
        println!("# noisy here, with rounds more than {} % apart: {}", NOISY * 100.0, noisy.join(", "));
    }
}

fn write(options: &Options, records: &Records) -> Result<(), Box<dyn Error>> {
    if options.table {
        print!("{}", goals::table(records));
    }
    if let Some(path) = &options.json {
        records.write_json(path)?;
    }
    if let Some(path) = &options.plot {
        std::fs::write(path, plot::svg(records))?;
    }
    Ok(())
}
