//! The ledger in `README.md`: every numbered statement, what pins it, and what became of it.

use crate::nim::{self, Program};
use std::{collections::BTreeMap, fs};

/// How many statements each section of the specification has.
const SECTIONS: &[(u32, u32)] = &[(1, 33), (2, 22), (3, 9), (4, 13), (5, 1), (6, 6), (7, 33), (8, 10), (9, 3)];

/// A row `| S2.3 | `poll_x`, `tests/y.rs::z` | kept |`.
struct Row {
    statement: String,
    pinned_by: Vec<String>,
    state: String,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(nim::home().join("README.md")).unwrap_or_default();
    text.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let mut cells = line.strip_prefix("| ")?.split('|').map(str::trim);
    let statement = cells.next().filter(|s| s.starts_with('S') && s[1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let names = cells.next()?.split('`').skip(1).step_by(2);
    Some(Row {
        statement: statement.to_owned(),
        pinned_by: names.map(str::to_owned).collect(),
        state: cells.next()?.to_owned(),
    })
}

/// Every statement once, every name known, every twin in the row of each statement that it pins.
pub fn check(programs: &[Program]) -> Vec<String> {
    let rows = rows();
    let mut faults = Vec::new();
    let mut times: BTreeMap<String, usize> = statements().map(|s| (s, 0)).collect();
    for row in &rows {
        match times.get_mut(&row.statement) {
            Some(n) => *n += 1,
            None => faults.push(format!("ledger: there is no statement {}", row.statement)),
        }
        faults.extend(
            row.pinned_by
                .iter()
                .filter(|name| !exists(name, programs))
                .map(|name| format!("ledger: {} names {name}, which does not exist", row.statement)),
        );
        faults.extend(wrong_state(row));
    }
    faults.extend(times.iter().filter(|(_, n)| **n != 1).map(|(s, n)| format!("ledger: {s} has {n} rows")));
    faults.extend(unlisted(&rows, programs));
    faults
}

fn statements() -> impl Iterator<Item = String> {
    SECTIONS.iter().flat_map(|(section, last)| (1..=*last).map(move |n| format!("S{section}.{n}")))
}

/// A twin, a Nim program of a difference, or `path/of/test.rs::function` below the repository.
fn exists(name: &str, programs: &[Program]) -> bool {
    if let Some((file, function)) = name.split_once("::") {
        let text = fs::read_to_string(nim::home().join("..").join(file)).unwrap_or_default();
        return text.contains(&format!("fn {function}("));
    }
    programs.iter().any(|p| p.name() == name)
}

/// `kept`, `mended (row 12)`, `kept; mended (row 4)`, `open`, `not observable: why`; the first two need something that pins them.
fn wrong_state(row: &Row) -> Option<String> {
    let known = ["kept", "mended", "open", "not observable: "].iter().any(|s| row.state.starts_with(s));
    let bare = row.pinned_by.is_empty() && (row.state.starts_with("kept") || row.state.starts_with("mended"));
    if !known {
        return Some(format!("ledger: {}: unknown state `{}`", row.statement, row.state));
    }
    bare.then(|| format!("ledger: {} is called {} but nothing pins it", row.statement, row.state))
}

/// Programs that are not named by the row of a statement that they say they pin.
fn unlisted(rows: &[Row], programs: &[Program]) -> Vec<String> {
    let mut faults = Vec::new();
    for program in programs {
        for statement in program.statements().unwrap_or_default().split(", ") {
            let listed =
                rows.iter().any(|r| r.statement == statement && r.pinned_by.iter().any(|n| n == program.name()));
            if !listed {
                faults.push(format!(
                    "ledger: {} says that it pins {statement}, whose row does not name it",
                    program.path
                ));
            }
        }
    }
    faults
}

/// `95 pinned, 33 open, 2 not observable`.
pub fn summary() -> String {
    let rows = rows();
    let count = |state: &str| rows.iter().filter(|r| r.state.starts_with(state)).count();
    let pinned = count("kept") + count("mended");
    format!("{pinned} statements pinned, {} open, {} not observable", count("open"), count("not observable"))
}
