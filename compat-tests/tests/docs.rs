//! What the README and the crate docs say about names and differences is so.

use std::collections::BTreeSet;
use std::fs;

const README: &str = include_str!("../../README.md");
const CRATE_DOCS: &str = include_str!("../../src/lib.rs");
const NAMES: &str = include_str!("names.rs");
/// Two are kept as in Nim, the third is what Nim does not have.
const WITHOUT_TWINS: [u32; 3] = [29, 33, 40];

fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(heading).unwrap_or_else(|| panic!("no section {heading:?}")) + heading.len();
    let rest = &text[start..];
    &rest[..rest.find("# ").unwrap_or(rest.len())]
}

/// `"6–8, 11"` is 6, 7, 8, 11.
fn rows(list: &str) -> impl Iterator<Item = u32> {
    list.split(',').flat_map(|part| {
        let number = |text: &str| text.trim().parse().unwrap_or_else(|_| panic!("not a number: {text:?}"));
        let (first, last) = part.split_once('–').unwrap_or((part, part));
        number(first)..=number(last)
    })
}

fn rows_of_the_readme() -> BTreeSet<u32> {
    let lines = section(README, "## Differences from Nim").lines().filter(|line| line.starts_with("| "));
    lines.skip(1).flat_map(|line| rows(line[2..].split(" | ").next().unwrap_or_default())).collect()
}

fn rows_of_the_crate_docs() -> BTreeSet<u32> {
    let bullets = section(CRATE_DOCS, "//! # Differences from Nim").lines();
    bullets
        .filter_map(|line| line.strip_prefix("//! - **")?.split_once(".**"))
        .flat_map(|(list, _)| rows(list))
        .collect()
}

/// The rows that a twin shows, Nim's side and ours.
fn rows_of_the_twins() -> BTreeSet<u32> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/twins");
    let files = fs::read_dir(folder).expect("the twins are there").map(|entry| entry.expect("an entry").path());
    let sources: String = files.map(|path| fs::read_to_string(path).expect("text")).collect();
    let found = sources.split("row_").skip(1);
    found.filter_map(|rest| rest.get(..2)?.parse().ok()).collect()
}

#[test]
fn every_difference_has_its_twin() {
    let mut shown = rows_of_the_twins();
    shown.extend(WITHOUT_TWINS);
    assert_eq!(rows_of_the_readme(), shown, "the README");
    assert_eq!(rows_of_the_crate_docs(), shown, "the crate docs");
}

/// The names in the right columns of the README's two tables of names; `names.rs`, which has them all, compiles.
#[test]
fn every_name_of_the_readme_exists() {
    let mut seen = 0;
    for heading in ["## Nim → here", "## tokio → here"] {
        for line in section(README, heading).lines().filter(|line| line.starts_with("| ")).skip(1) {
            let here = line.split(" | ").nth(1).expect("two columns");
            for code in here.split('`').skip(1).step_by(2) {
                let path = code.split(['(', '<', '?']).next().unwrap_or_default();
                let name = path.rsplit(['.', ':']).next().unwrap_or_default();
                if name.is_empty() || name.contains('…') {
                    continue;
                }
                let known = NAMES.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
                assert!(known, "`{code}` of the README is not in names.rs");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen} names seen");
}
