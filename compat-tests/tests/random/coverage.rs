//! What the programs have really done: lines of their traces, counted.

use std::collections::BTreeMap;

/// By kind of line: how many there were, and in how many programs.
#[derive(Default)]
pub struct Coverage {
    lines: BTreeMap<String, (usize, usize)>,
}

impl Coverage {
    pub fn add(&mut self, trace: &str) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in trace.lines() {
            *seen.entry(kind_of(line)).or_default() += 1;
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
