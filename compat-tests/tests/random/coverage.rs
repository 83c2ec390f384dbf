//! What the programs have really done: lines of their traces, counted.

use std::collections::{BTreeMap, BTreeSet};

/// By kind of line: how many there were, and in how many programs.
#[derive(Default)]
pub struct Coverage {
    lines: BTreeMap<String, (usize, usize)>,
}

impl Coverage {
    pub fn add(&mut self, trace: &str) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut served = BTreeSet::new();
        for line in trace.lines() {
            *seen.entry(kind_of(line)).or_default() += 1;
            served.extend(served_by(line));
            if line.starts_with("polled") {
                let kind = format!(
                    "polls that served {}",
                    match served.len() {
                        0 => "nothing",
                        1 => "one",
                        _ => "several",
                    }
                );
                *seen.entry(kind).or_default() += 1;
                served.clear();
            }
        }
        for (kind, count) in seen {
            let entry = self.lines.entry(kind).or_default();
            entry.0 += count;
            entry.1 += 1;
        }
    }

    pub fn print(&self) {
        println!("what happened, how often, in how many programs:");
        for (kind, (count, programs)) in &self.lines {
            println!("  {kind:<44} {count:>8} {programs:>7}");
        }
    }
}

/// The end or event of which a callback's line tells.
fn served_by(line: &str) -> Option<&str> {
    let (kind, rest) = line.split_once(' ')?;
    let number = rest.split(' ').next();
    if ["readable", "writable", "event"].contains(&kind) { number } else { None }
}

/// The line without its numbers and bytes.
fn kind_of(line: &str) -> String {
    if let Some(counts) = line.strip_prefix("polled: ") {
        let idle = counts.ends_with("false");
        return if idle { "polled, nothing left" } else { "polled, something left" }.to_owned();
    }
    let words = line.split_whitespace().take_while(|word| !word.starts_with('\''));
    let words: Vec<_> = words.filter(|word| !word.chars().any(|c| c.is_ascii_digit())).collect();
    words.join(" ")
}
