//! Compares the traces, shows what differs as a program as small as can be, and adds up.

use crate::{both::Side, coverage::Coverage, program::Program, recorded, shrink};
use asyncdispatch_compat_tests::{
    Mode,
    diff::{diff, indent},
};

/// The ways in which every program is run with the crate.
const MODES: [Mode; 2] = [Mode::Owning, Mode::CurrentThread];

/// How many programs one process runs.
const CHUNK: usize = 500;

/// How many of the programs that differ are made smaller and shown.
const SHOWN: usize = 5;

#[derive(Default)]
pub struct Report {
    pub equal: usize,
    pub differ: usize,
    coverage: Coverage,
}

/// All programs against real Nim.
pub fn live(programs: &[Program], nim: &Side) -> Result<Report, String> {
    let mut report = Report::default();
    for some in programs.chunks(CHUNK) {
        let wanted = nim.traces(some)?;
        report.compare(some, &wanted, Some(nim))?;
    }
    Ok(report)
}

/// The recorded ones against their recorded traces.
pub fn recorded() -> Result<Report, String> {
    let mut report = Report::default();
    report.compare(&recorded::programs(), &recorded::traces()?, None)?;
    Ok(report)
}

impl Report {
    pub fn print_coverage(&self) {
        self.coverage.print();
    }

    fn compare(&mut self, programs: &[Program], wanted: &[String], nim: Option<&Side>) -> Result<(), String> {
        wanted.iter().for_each(|trace| self.coverage.add(trace));
        let mut differ = vec![false; programs.len()];
        for side in MODES.map(Side::Rust) {
            let got = side.traces(programs)?;
            for i in (0..programs.len()).filter(|i| got[*i] != wanted[*i]) {
                let known = std::mem::replace(&mut differ[i], true);
                if !known && self.differ + differ.iter().filter(|d| **d).count() <= SHOWN {
                    println!("DIFFER {} {}", programs[i].name, side.name());
                    println!("{}", indent(&show(&programs[i], (&wanted[i], &got[i]), nim, &side)?));
                }
            }
        }
        self.differ += differ.iter().filter(|d| **d).count();
        self.equal += differ.iter().filter(|d| !**d).count();
        Ok(())
    }
}

/// The program and both traces; where Nim can be asked, those of a smaller program that still differs.
fn show(program: &Program, traces: (&str, &str), nim: Option<&Side>, side: &Side) -> Result<String, String> {
    let Some(nim) = nim else {
        return Ok(format!("{program}{}", diff(traces.0, traces.1)));
    };
    let small = [shrink::shrink(program.clone(), &[nim.clone(), side.clone()])?];
    let (wanted, got) = (nim.traces(&small)?.concat(), side.traces(&small)?.concat());
    if wanted == got {
        return Ok(format!("{program}{}\n(differed only once)", diff(traces.0, traces.1)));
    }
    Ok(format!("{}{}", small[0], diff(&wanted, &got)))
}
