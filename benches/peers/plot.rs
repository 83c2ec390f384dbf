//! The picture for the README: CPU time of each request against raw tokio's.

use std::fmt::Write;

use crate::records::Records;

const CASES: [(&str, &str); 7] = [
    ("echo-64B-1", "TCP 64 B, 1 connection"),
    ("echo-64B-50", "TCP 64 B, 50 connections"),
    ("echo-64B-500", "TCP 64 B, 500 connections"),
    ("echo-16KiB-10", "TCP 16 KiB, 10 connections"),
    ("echo-256KiB-4", "TCP 256 KiB, 4 connections"),
    ("udp-64B-50", "UDP 64 B, 50 clients"),
    ("accept-echo-close", "accept, echo, close"),
];

const WHO: [(&str, &str, &str); 5] = [
    ("ours", "asyncdispatch", "#c2410c"),
    ("tokio", "raw tokio", "#2563eb"),
    ("libuv", "libuv", "#64748b"),
    ("epoll", "bare epoll", "#94a3b8"),
    ("nim", "Nim -d:release", "#ca8a04"),
];

const BAR: usize = 9;
const GROUP: usize = WHO.len() * BAR + 16;
const LEFT: usize = 200;
const TOP: usize = 56;
/// Pixels of a ratio of 1.
const SCALE: f64 = 130.0;

pub fn svg(records: &Records) -> String {
    let height = TOP + CASES.len() * GROUP + 30;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"10\" y=\"18\" font-size=\"14\">CPU time of a request, raw tokio = 1 (shorter is better)</text>\n"
    );
    legend(&mut text);
    for (row, (case, label)) in CASES.iter().enumerate() {
        group(&mut text, records, case, label, TOP + row * GROUP);
    }
    let (x, bottom) = (LEFT as f64 + SCALE, height - 30);
    let _infallible = writeln!(
        text,
        "<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"#2563eb\" stroke-dasharray=\"3 3\"/>\n\
         <text x=\"10\" y=\"{}\" font-size=\"9\">{}</text>\n</svg>",
        height - 10,
        records.sentence()
    );
    text
}

fn legend(text: &mut String) {
    for (place, (_, label, colour)) in WHO.iter().enumerate() {
        let x = 10 + place * 130;
        let _infallible = writeln!(
            text,
            "<rect x=\"{x}\" y=\"28\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"37\">{label}</text>",
            x + 14
        );
    }
}

fn group(text: &mut String, records: &Records, case: &str, label: &str, top: usize) {
    let cost = |who| records.find("value", case, who).map(|spread| spread.median);
    let Some(unit) = cost("tokio") else { return };
    let _infallible = writeln!(text, "<text x=\"10\" y=\"{}\">{label}</text>", top + GROUP / 2);
    for (place, (who, _, colour)) in WHO.iter().enumerate() {
        let Some(cost) = cost(who) else { continue };
        let (ratio, y) = (cost / unit, top + place * BAR);
        let width = ratio * SCALE;
        let _infallible = writeln!(
            text,
            "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{}\" font-size=\"8\">{ratio:.2}</text>",
            BAR - 1,
            LEFT as f64 + width + 4.0,
            y + BAR - 2
        );
    }
}
