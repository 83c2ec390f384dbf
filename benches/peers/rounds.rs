//! One case: every participant in turns, and the ratios that come of it.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::cases::{Case, Kind, Who};
use crate::records::{Record, Records, Spread};
use crate::subject::{Sample, Subject, prepare};

/// How long and how often.
#[derive(Clone, Copy)]
pub struct Effort {
    pub window: Duration,
    pub rounds: usize,
    pub micro_rounds: usize,
    /// Micro cases make so many times fewer operations.
    pub divisor: usize,
}

impl Effort {
    pub const FULL: Effort = Effort { window: Duration::from_millis(250), rounds: 21, micro_rounds: 7, divisor: 1 };
    pub const QUICK: Effort = Effort { window: Duration::from_millis(30), rounds: 3, micro_rounds: 3, divisor: 10 };

    fn rounds_of(self, kind: Kind) -> usize {
        match kind {
            Kind::Echo { .. } => self.rounds,
            Kind::Micro { .. } | Kind::Scale { .. } | Kind::Start => self.micro_rounds,
            Kind::Idle { .. } => 1,
        }
    }
}

/// Measures `case` and adds its lines.
pub fn measure(case: &Case, effort: Effort, records: &mut Records) -> Result<(), Box<dyn Error>> {
    let mut present: Vec<(&Who, Box<dyn Subject>, Vec<Sample>)> = Vec::new();
    for who in std::iter::once(&case.ours).chain(&case.peers) {
        if who.program(case).is_there()? {
            let subject = prepare(case, who).map_err(|error| format!("{} {}: {error}", case.name, who.name))?;
            present.push((who, subject, Vec::new()));
        }
    }
    for round in 0..effort.rounds_of(case.kind) {
        // Each round begins with another, so that nobody always comes after the same one.
        for place in 0..present.len() {
            let index = (place + round) % present.len();
            let (who, subject, samples) = &mut present[index];
            let sample = subject.sample(effort.window);
            samples.push(sample.map_err(|error| io::Error::other(format!("{} {}: {error}", case.name, who.name)))?);
        }
    }
    report(case, &present, records);
    Ok(())
}

fn report(case: &Case, present: &[(&Who, Box<dyn Subject>, Vec<Sample>)], records: &mut Records) {
    let Some((_, _, ours)) = present.first() else { return };
    let name = case.name;
    let rates = |samples: &[Sample]| samples.iter().filter_map(|sample| sample.rate).collect::<Vec<_>>();
    for (who, _, theirs) in &present[1..] {
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours.cost / theirs.cost).collect();
        records.add(Record { figure: "ratio", case: name, who: who.name, spread: Spread::of(ratios), unit: "" });
    }
    for (who, _, theirs) in &present[1..] {
        let ratios: Vec<f64> = rates(ours).iter().zip(rates(theirs)).map(|(ours, theirs)| ours / theirs).collect();
        if !ratios.is_empty() {
            let spread = Spread::of(ratios);
            records.add(Record { figure: "throughput", case: name, who: who.name, spread, unit: "" });
        }
    }
    for (who, _, samples) in present {
        let costs = samples.iter().map(|sample| sample.cost).collect();
        records.add(Record { figure: "value", case: name, who: who.name, spread: Spread::of(costs), unit: case.unit });
    }
}
