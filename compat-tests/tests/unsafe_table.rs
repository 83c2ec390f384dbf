//! Every `unsafe` of the library is in the table of `ROBUSTNESS.md`, with the number that its file has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const HEADING: &str = "## Every `unsafe`";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Blocks, functions and implementations; not what comments say of them.
fn unsafes(text: &str) -> usize {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| {
        ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].map(|word| line.matches(word).count())
    })
    .sum()
}

fn in_source() -> BTreeMap<String, usize> {
    let root = root();
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let counted = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
        (name, unsafes(&fs::read_to_string(&path).expect("a source")))
    });
    counted.filter(|(_, count)| *count > 0).collect()
}

/// One row for each: the file is in the first column.
fn in_table() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(root().join("compat-tests/ROBUSTNESS.md")).expect("the table");
    let section = text.split(HEADING).nth(1).expect("the heading").split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `src/")) {
        let file = row.split('`').nth(1).unwrap_or_default();
        *rows.entry(file.to_owned()).or_default() += 1;
    }
    rows
}

#[test]
fn the_table_has_a_row_for_each() {
    let found = in_source();
    assert!(!found.is_empty(), "there is some");
    assert_eq!(found, in_table(), "in the source, and in the table of ROBUSTNESS.md");
}
