//! Two texts beside each other.

use crate::platform::errno;

/// What the C library that transcripts were recorded with says of some errors.
const WORDS: &[(i32, &str)] = &[
    (errno::EBADF, "Bad file descriptor"),
    (errno::ECONNABORTED, "Software caused connection abort"),
    (errno::ECONNREFUSED, "Connection refused"),
    (errno::EMFILE, "Too many open files"),
    (errno::EMSGSIZE, "Message too long"),
    (errno::ENOTCONN, "Transport endpoint is not connected"),
    (errno::ENOTSOCK, "Socket operation on non-socket"),
    (errno::ESHUTDOWN, "Broken pipe"),
];

/// `text` with the words of transcripts in the place of this platform's.
pub fn in_recorded_words(mut text: String) -> String {
    for (code, words) in WORDS {
        let here = std::io::Error::from_raw_os_error(*code).to_string();
        let here = here.strip_suffix(&format!(" (os error {code})")).unwrap_or(&here);
        text = text.replace(here, words);
    }
    text
}

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
