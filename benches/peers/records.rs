//! What was measured, printed as it comes and kept for the files made of it at the end.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::process::Command;

/// The median of several numbers, with the lowest and the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    pub fn of(mut numbers: Vec<f64>) -> Spread {
        numbers.sort_by(f64::total_cmp);
        let (middle, last) = (numbers.len() / 2, numbers.len() - 1);
        let median =
            if numbers.len() % 2 == 1 { numbers[middle] } else { (numbers[middle - 1] + numbers[middle]) / 2.0 };
        Spread { median, min: numbers[0], max: numbers[last] }
    }

    pub fn one(number: f64) -> Spread {
        Spread { median: number, min: number, max: number }
    }

    /// How far the lowest and the highest are apart, against the median.
    pub fn width(self) -> f64 {
        if self.median == 0.0 { 0.0 } else { (self.max - self.min) / self.median }
    }
}

/// One line of the output.
pub struct Record {
    /// `ratio`, `throughput`, `value`, `syscalls` or `instructions`.
    pub figure: &'static str,
    pub case: &'static str,
    /// The peer of a ratio, or whose number it is.
    pub who: &'static str,
    pub spread: Spread,
    pub unit: &'static str,
}

/// All lines, and what the file of them says in front.
pub struct Records {
    pub lines: Vec<Record>,
    pub about: BTreeMap<&'static str, String>,
}

impl Records {
    pub fn new() -> Records {
        Records { lines: Vec::new(), about: about() }
    }

    pub fn add(&mut self, record: Record) {
        let Record { figure, case, who, spread, unit } = &record;
        let Spread { median, min, max } = *spread;
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let range = if min == max { String::new() } else { format!(" ({}..{})", short(min), short(max)) };
        println!("{figure} {case} {who} {}{range}{unit}", short(median));
        self.lines.push(record);
    }

    pub fn find(&self, figure: &str, case: &str, who: &str) -> Option<Spread> {
        let found = self.lines.iter().find(|line| line.figure == figure && line.case == case && line.who == who);
        found.map(|line| line.spread)
    }

    pub fn write_json(&self, path: &str) -> io::Result<()> {
        let about: Vec<String> = self.about.iter().map(|(name, text)| format!("  {name:?}: {text:?}")).collect();
        let lines = self.lines.iter().map(|Record { figure, case, who, spread: Spread { median, min, max }, unit }| {
            format!(
                "    {{\"figure\": {figure:?}, \"case\": {case:?}, \"who\": {who:?}, \"median\": {median}, \
                 \"min\": {min}, \"max\": {max}, \"unit\": {unit:?}}}"
            )
        });
        let lines: Vec<String> = lines.collect();
        fs::write(path, format!("{{\n{},\n  \"lines\": [\n{}\n  ]\n}}\n", about.join(",\n"), lines.join(",\n")))
    }

    /// Date, machine and versions in one sentence.
    pub fn sentence(&self) -> String {
        let get = |name: &str| self.about.get(name).map_or("", String::as_str);
        let versions = ["rustc", "tokio", "nim", "libuv"].map(|name| match get(name) {
            "" => String::new(),
            version => format!(", {name} {version}"),
        });
        format!("{}, {}, Linux {}{}", get("date"), get("machine"), get("kernel"), versions.concat())
    }
}

/// Three digits that tell something.
pub fn short(number: f64) -> String {
    let digits = match number.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 || size == 0.0 => 2,
        _ => 4,
    };
    format!("{number:.digits$}")
}

fn about() -> BTreeMap<&'static str, String> {
    let mut about = BTreeMap::new();
    about.insert("date", first_line("date", &["-u", "+%F"]));
    about.insert("kernel", first_line("uname", &["-r"]));
    about.insert("machine", machine());
    about.insert("rustc", word(&first_line("rustc", &["--version"]), 1));
    about.insert("tokio", locked("tokio"));
    about.insert("nim", word(&first_line("nim", &["--version"]), 3));
    about.insert("libuv", first_line("pkg-config", &["--modversion", "libuv"]));
    about
}

fn first_line(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or("").into()
}

fn word(line: &str, index: usize) -> String {
    line.split_whitespace().nth(index).unwrap_or("").into()
}

fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processors = text.lines().filter(|line| line.starts_with("processor")).count();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("a machine");
    format!("{} × {}", processors, model.trim_start_matches([' ', '\t', ':']))
}

/// The version of a package in this crate's lock file.
fn locked(package: &str) -> String {
    let name = format!("name = {package:?}");
    let mut lines = include_str!("../../Cargo.lock").lines().skip_while(|line| **line != name);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = "));
    version.unwrap_or("").trim_matches('"').into()
}
