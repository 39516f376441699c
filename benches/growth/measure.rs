//! What a run on a row's input costs: instructions and peak memory, which no other work on the machine changes.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

use super::rows::Row;

/// The exit codes of a run that went to its end.
const ENDS: [i32; 5] = [0, 10, 11, 12, 14];

/// Counts the instructions of the program outside of the kernel, on a row's input of size `n`.
///
/// # Errors
/// Where Valgrind can't be run, or the program did not go to its end.
pub(crate) fn instructions(program: &Path, row: &Row, n: usize) -> io::Result<u64> {
    let valgrind = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
    let output = run(&[&["valgrind"], &valgrind[..]].concat(), program, row, n)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().rev().find_map(|line| line.split_once("refs:"));
    let number = line.map(|(_, number)| number.trim().replace(',', ""));
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| io::Error::other(format!("Valgrind counted nothing: {said}")))
}

/// Measures the peak of the memory that is resident, in KiB, and returns it with the exit code.
///
/// # Errors
/// Where GNU time can't be run, or the program did not go to its end.
pub(crate) fn memory(program: &Path, row: &Row, n: usize) -> io::Result<(u64, i32)> {
    let output = run(&["/usr/bin/time", "--quiet", "--format=%M"], program, row, n)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let peak = said.lines().last().and_then(|line| line.parse().ok());
    let peak = peak.ok_or_else(|| io::Error::other(format!("time measured nothing: {said}")))?;
    Ok((peak, output.status.code().unwrap_or_default()))
}

/// Runs the program below another one, in a folder of its own that holds the row's file.
fn run(below: &[&str], program: &Path, row: &Row, n: usize) -> io::Result<Output> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(row.file), (row.write)(n))?;
    let output = Command::new(below[0])
        .args(&below[1..])
        .arg(program)
        .args(row.arguments())
        .current_dir(folder.path())
        .env_remove("CILIATE_OUTPUT")
        .output()
        .map_err(|error| io::Error::other(format!("{}: {error}", below[0])))?;
    if output.status.code().is_some_and(|code| ENDS.contains(&code)) {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "{} × {n}: {}: {said}",
        row.name, output.status
    )))
}
