//! What a run costs grows with its input and not with the input's square, counted in instructions: the worst inputs of
//! `docs/benchmarks.md`, small enough for an unoptimised program.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "the ratios are worth a look")]

#[path = "../benches/growth/measure.rs"]
#[allow(dead_code, reason = "the benchmark measures memory too")]
mod measure;
#[path = "../benches/growth/rows.rs"]
mod rows;
mod shared;

use std::io;
use std::path::Path;
use std::thread;

use rows::ROWS;
use shared::{Outcome, tool};

/// How many times the cost a run may have for four times the input, in hundredths.
const MOST: u64 = 500;

/// The rows that are guarded, each with how many times smaller than in the table; a square would show there too.
const GUARDED: &[(&str, usize)] = &[
    ("policies in a JSON list on one line", 12),
    ("ignore names repeated in an annotation", 5),
    ("ignore comments in a list", 40),
    ("rules by alias", 5),
    ("rules in a flow list on one line", 5),
    ("CIDRs in rules", 5),
    ("ranges of 1,000 ports in rules", 50),
    ("policies that select all in a namespace", 20),
    ("rules in a policy", 10),
    ("distinct selectors in a namespace", 10),
];

/// Returns how many times the cost of a row's input is for four times its size, in hundredths, beside what a run costs
/// that has nothing to do.
fn growth(name: &str, smaller: usize) -> io::Result<u64> {
    let row = ROWS.iter().find(|row| row.name == name);
    let row = row.ok_or_else(|| io::Error::other(format!("there is no row `{name}`")))?;
    let n = row.n / smaller;
    let cost = |n| measure::instructions(Path::new(env!("CARGO_BIN_EXE_ciliate")), row, n);
    let idle = cost(0)?;
    let [one, four] = [cost(n)?, cost(4 * n)?].map(|cost| cost.saturating_sub(idle));
    Ok(four * 100 / one.max(1))
}

#[test]
fn four_times_the_input_costs_at_most_five_times_the_instructions() -> Outcome {
    if tool("valgrind", "--version").is_none() {
        return Ok(());
    }
    let mut faster = Vec::new();
    thread::scope(|scope| {
        let runs: Vec<_> = GUARDED
            .iter()
            .map(|&(name, smaller)| (name, scope.spawn(move || growth(name, smaller))))
            .collect();
        for (name, run) in runs {
            let growth = run.join().map_err(|_| format!("{name}: not measured"))??;
            println!("{name}: {}.{:02} times", growth / 100, growth % 100);
            if growth > MOST {
                faster.push(name);
            }
        }
        Outcome::Ok(())
    })?;
    assert!(faster.is_empty(), "{faster:?}");
    Ok(())
}
