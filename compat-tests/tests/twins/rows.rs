//! The guide's list of differences, and the twins that show them: each row has one, and each is named there.

use crate::{differences::ELSEWHERE, ledger, nim};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Rows of the list of what we mend or keep, from 1.
const LAST: u32 = 45;
/// The place of differences without a row.
const NO_ROW: u32 = 0;

/// An item `- **2, 3.** What differs (`row_02_x`, `row_03_y`).`
struct Item {
    rows: Vec<u32>,
    names: BTreeSet<String>,
}

/// What is wrong with the list in `src/guide/differences.rs`.
pub fn check() -> Vec<String> {
    let text = fs::read_to_string(nim::home().join("../src/guide/differences.rs")).unwrap_or_default();
    let (items, shown) = (items(&text), shown());
    let mut faults = Vec::new();
    for row in NO_ROW..=LAST {
        let listed = items.iter().filter(|item| item.rows.contains(&row)).count();
        if listed != 1 {
            faults.push(format!("src/guide/differences.rs: {listed} items of the list of differences have row {row}"));
        }
        if !shown.contains_key(&row) {
            faults.push(format!("row {row}: no difference twin, and no line in ELSEWHERE"));
        }
    }
    for item in &items {
        let wanted: BTreeSet<_> = item.rows.iter().filter_map(|row| shown.get(row)).flatten().cloned().collect();
        if item.names != wanted {
            faults.push(format!(
                "src/guide/differences.rs: rows {:?} name {:?}, shown by {wanted:?}",
                item.rows, item.names
            ));
        }
    }
    faults.extend(unknown());
    faults
}

/// Names that show a row, by row.
fn shown() -> BTreeMap<u32, BTreeSet<String>> {
    let mut shown: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    let pairs = crate::all().filter(|(_, twin)| twin.instead.is_some());
    let pairs = pairs.map(|(_, twin)| (number(twin.name).unwrap_or(NO_ROW), twin.name));
    for (row, name) in pairs.chain(ELSEWHERE.iter().copied()) {
        shown.entry(row).or_default().insert(name.to_owned());
    }
    shown
}

/// Lines of [`ELSEWHERE`] about tests that do not exist.
fn unknown() -> impl Iterator<Item = String> {
    let programs = nim::Program::all();
    let gone = ELSEWHERE.iter().filter(move |(_, name)| !ledger::exists(name, &programs));
    gone.map(|(row, name)| format!("ELSEWHERE: row {row} names {name}, which does not exist"))
}

/// 12 of `row_12_x`.
pub fn number(name: &str) -> Option<u32> {
    name.strip_prefix("row_")?.split('_').next()?.parse().ok()
}

fn items(text: &str) -> Vec<Item> {
    let lines = text.lines().map(|line| line.trim_start_matches("//!").trim());
    let list = lines.skip_while(|line| *line != "# Differences from Nim").skip(1);
    let list = list.take_while(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    list.split("\n\n").flat_map(|block| block.split("- **").skip(1)).map(item).collect()
}

fn item(text: &str) -> Item {
    let head = text.split("**").next().unwrap_or_default();
    let rows: Vec<_> = head.trim_end_matches('.').split(", ").filter_map(|n| n.parse().ok()).collect();
    let is_test = |name: &&str| known(name);
    Item {
        rows: if rows.is_empty() { vec![NO_ROW] } else { rows },
        names: text.split('`').skip(1).step_by(2).filter(is_test).map(str::to_owned).collect(),
    }
}

fn known(name: &str) -> bool {
    name.starts_with("row_")
        || ELSEWHERE.iter().any(|(_, test)| *test == name)
        || crate::all().any(|(_, twin)| twin.name == name)
}
