//! What the README and the guide say about names and differences is so.

use std::collections::BTreeSet;

const README: &str = include_str!("../../README.md");
const GUIDE: &str = include_str!("../../src/guide/differences.rs");
const NAMES: &str = include_str!("names.rs");

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

fn rows_of_the_guide() -> BTreeSet<u32> {
    let bullets = section(GUIDE, "//! # Differences from Nim").lines();
    bullets
        .filter_map(|line| line.strip_prefix("//! - **")?.split_once(".**"))
        .filter(|(list, _)| *list != "Besides")
        .flat_map(|(list, _)| rows(list))
        .collect()
}

/// That each row has its tests, which the guide names, is checked by the runner of the twins.
#[test]
fn both_lists_of_differences_have_the_same_rows() {
    assert_eq!(rows_of_the_readme(), rows_of_the_guide());
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
