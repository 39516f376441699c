//! Measures how the cost of a run grows with each kind of input that once made it grow with the square, and writes the
//! table of `docs/benchmarks.md`.
//!
//! Usage: `cargo bench --bench growth [-- PART-OF-A-NAME…]`, by default all rows; under `UPDATE_DOCS=1` all rows go into
//! the page.
#![allow(clippy::print_stdout, reason = "it prints its table")]

mod measure;
mod rows;

use std::fs;
use std::io;
use std::path::Path;

use rows::{ROWS, Row};

const START: &str = "<!-- growth -->\n";
const END: &str = "<!-- /growth -->\n";
const HEAD: &str = "\
| input | command | n | million instructions at n, 2n, 4n | 4n : n | peak MB at n, 2n, 4n | 4n : n | ends with |
|---|---|--:|--:|--:|--:|--:|--:|
";

fn main() -> io::Result<()> {
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let is_wanted = |row: &&Row| wanted.is_empty() || wanted.iter().any(|word| row.name.contains(word.as_str()));
    let mut table = HEAD.to_owned();
    print!("{HEAD}");
    for row in ROWS.iter().filter(is_wanted) {
        let line = measured(row)?;
        print!("{line}");
        table.push_str(&line);
    }
    if wanted.is_empty() && std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        write(&table)?;
    }
    Ok(())
}

/// Returns a row of the table.
fn measured(row: &Row) -> io::Result<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_ciliate"));
    let (mut counts, mut peaks, mut code) = (Vec::new(), Vec::new(), 0);
    for n in [row.n, row.n * 2, row.n * 4] {
        counts.push(measure::instructions(program, row, n)?);
        let (peak, ended) = measure::memory(program, row, n)?;
        peaks.push(peak);
        code = ended;
    }
    let (counts, count_ratio) = (shown(&counts, 1_000_000), ratio(&counts));
    let (peaks, peak_ratio) = (shown(&peaks, 1_024), ratio(&peaks));
    let Row { name, verb, n, .. } = row;
    Ok(format!(
        "| {name} | `{verb}` | {n} | {counts} | {count_ratio} | {peaks} | {peak_ratio} | {code} |\n"
    ))
}

fn shown(figures: &[u64], unit: u64) -> String {
    let rounded = figures.iter().map(|figure| ((figure + unit / 2) / unit).to_string());
    rounded.collect::<Vec<_>>().join(" / ")
}

/// Returns how many times the first figure the last one is, in tenths.
fn ratio(figures: &[u64]) -> String {
    let (first, last) = (figures[0].max(1), figures[figures.len() - 1]);
    let tenths = (last * 10 + first / 2) / first;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Puts the table into the page.
fn write(table: &str) -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmarks.md");
    let page = fs::read_to_string(&path)?;
    let parts = page
        .split_once(START)
        .and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = parts.ok_or_else(|| io::Error::other("docs/benchmarks.md has no place for the table"))?;
    fs::write(path, format!("{head}{START}{table}{END}{tail}"))
}
