//! The ledger in `README.md`: every numbered statement, what pins it, and what became of it.

use crate::{
    nim::{self, Program},
    rows,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

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
    faults.extend(one_sided(&rows, programs));
    faults
}

fn statements() -> impl Iterator<Item = String> {
    SECTIONS.iter().flat_map(|(section, last)| (1..=*last).map(move |n| format!("S{section}.{n}")))
}

/// A twin, a Nim program of a difference, or `path/of/test.rs::function` below the repository.
pub fn exists(name: &str, programs: &[Program]) -> bool {
    if let Some((file, function)) = name.split_once("::") {
        let text = fs::read_to_string(nim::home().join("..").join(file)).unwrap_or_default();
        return text.contains(&format!("fn {function}("));
    }
    programs.iter().any(|p| p.name() == name)
}

/// `kept`, `mended (row 12)`, `kept; mended (rows 4, 5)`, as what pins it says; `not observable: why` without a twin.
fn wrong_state(row: &Row) -> Option<String> {
    if row.state.starts_with("not observable: ") && !row.pinned_by.iter().any(|name| is_twin(name)) {
        return None;
    }
    let wanted = state(&row.pinned_by);
    (row.state != wanted).then(|| format!("ledger: {} is called `{}`, not `{wanted}`", row.statement, row.state))
}

fn is_twin(name: &str) -> bool {
    crate::all().any(|(_, twin)| twin.name == name)
}

/// What became of a statement that is pinned by these.
fn state(pinned_by: &[String]) -> String {
    let differs = |name: &&String| crate::all().any(|(_, twin)| twin.name == **name && twin.instead.is_some());
    let (mended, kept): (Vec<_>, Vec<_>) = pinned_by.iter().partition(differs);
    let rows: BTreeSet<_> = mended.iter().filter_map(|name| rows::number(name)).collect();
    let rows: Vec<_> = rows.iter().map(u32::to_string).collect();
    let mended = match (mended.len(), rows.len()) {
        (0, _) => None,
        (_, 0) => Some("mended (no row)".to_owned()),
        (_, 1) => Some(format!("mended (row {})", rows[0])),
        _ => Some(format!("mended (rows {})", rows.join(", "))),
    };
    let kept = (!kept.is_empty()).then(|| "kept".to_owned());
    let said: Vec<_> = kept.into_iter().chain(mended).collect();
    if said.is_empty() { "open".to_owned() } else { said.join("; ") }
}

/// Programs and rows that do not agree about who pins what.
fn one_sided(rows: &[Row], programs: &[Program]) -> Vec<String> {
    let twins = |row: &Row| row.pinned_by.iter().filter(|name| !name.contains("::")).cloned().collect::<Vec<_>>();
    let listed: BTreeSet<_> =
        rows.iter().flat_map(|row| twins(row).into_iter().map(|name| (row.statement.clone(), name))).collect();
    let claims = |program: &Program| {
        let statements = program.statements().unwrap_or_default();
        let name = program.name().to_owned();
        statements.split(", ").map(|s| (s.to_owned(), name.clone())).collect::<Vec<_>>()
    };
    let claimed: BTreeSet<_> = programs.iter().flat_map(claims).collect();
    let fault = |(statement, name): &(String, String)| {
        format!("{name} and the ledger's row of {statement} do not agree about whether it pins it")
    };
    listed.symmetric_difference(&claimed).map(fault).collect()
}

/// `124 statements pinned, 6 not observable`.
pub fn summary() -> String {
    let rows = rows();
    let hidden = rows.iter().filter(|row| row.state.starts_with("not observable")).count();
    format!("{} statements pinned, {hidden} not observable", rows.len() - hidden)
}
