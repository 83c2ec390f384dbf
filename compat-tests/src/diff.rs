//! Two texts beside each other.

/// The whole of both, line beside line: what was wanted with `-`, what came instead with `+`.
pub fn diff(wanted: &str, got: &str) -> String {
    let (wanted, got): (Vec<_>, Vec<_>) = (wanted.lines().collect(), got.lines().collect());
    let line = |i: usize| match (wanted.get(i), got.get(i)) {
        (Some(w), Some(g)) if w == g => format!("  {w}"),
        (w, g) => {
            let sides = [w.map(|w| format!("- {w}")), g.map(|g| format!("+ {g}"))];
            sides.into_iter().flatten().collect::<Vec<_>>().join("\n")
        }
    };
    (0..wanted.len().max(got.len())).map(line).collect::<Vec<_>>().join("\n")
}

/// Each line under the beginning of a report's line.
pub fn indent(text: &str) -> String {
    text.lines().map(|l| format!("         {l}")).collect::<Vec<_>>().join("\n")
}
