//! What the end-to-end tests share: the binary, copies of trees, and the rule for what is missing.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

pub mod capped;
pub mod clusters;
pub mod documents;
pub mod pages;

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a test comes to.
pub type Outcome = Result<(), Box<dyn Error>>;

/// The address ranges of an AKS cluster in overlay mode, as flags.
pub const NETWORK: [&str; 6] = [
    "--pod-cidr",
    "10.244.0.0/16",
    "--node-cidr",
    "10.224.0.0/16",
    "--service-cidr",
    "10.0.0.0/16",
];

/// Makes every change that there is.
pub const FIX_ALL: [&str; 7] = ["fix", "--phase", "all", "--fix", "review", "--today", "2026-12-01"];

/// The exit codes of `fix` that are no failure of the program itself.
pub const ENDS_WELL: [i32; 3] = [0, 11, 12];

/// Returns the root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the program, without anything of the caller's environment that would change what it says.
pub fn ciliate(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ciliate"));
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CILIATE_OUTPUT"] {
        command.env_remove(name);
    }
    command.current_dir(directory);
    command
}

/// Returns the sorted entries of a folder.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Returns the sorted folders in a folder; none where there is no such folder.
pub fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// Returns a path's last part.
pub fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for path in entries(from)? {
        let target = to.join(name(&path));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::write(&target, fs::read(&path)?)?;
        }
    }
    Ok(())
}

/// Returns every file below a folder with its bytes, by path relative to the folder.
pub fn contents(folder: &Path) -> io::Result<std::collections::BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = std::collections::BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for path in entries(&next)? {
            if path.is_dir() {
                open.push(path);
            } else if path.is_file() {
                files.insert(
                    path.strip_prefix(folder).map_err(io::Error::other)?.to_owned(),
                    fs::read(&path)?,
                );
            }
        }
    }
    Ok(files)
}

/// Returns a folder of the data that lies beside the repository, or says that the test is skipped.
///
/// # Panics
/// If the folder is missing although `CILIATE_REQUIRE_TOOLS` is set and there is such data at all.
pub fn beside(what: &str) -> Option<PathBuf> {
    let shared = root().join("../shared");
    let path = shared.join(what);
    if path.exists() {
        return Some(path);
    }
    assert!(!(required() && shared.exists()), "../shared/{what} is missing");
    println!("skipped: there is no ../shared/{what}");
    None
}

/// Returns a program's name when it can be run, or says that the test is skipped.
///
/// # Panics
/// If it is missing although `CILIATE_REQUIRE_TOOLS` is set.
pub fn tool(name: &'static str, version_argument: &str) -> Option<&'static str> {
    if Command::new(name).arg(version_argument).output().is_ok() {
        return Some(name);
    }
    assert!(!required(), "{name} is missing");
    println!("skipped: {name} is not installed");
    None
}

fn required() -> bool {
    std::env::var_os("CILIATE_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

/// Returns what a program printed to stdout, as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns what a program printed to stderr, as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the exit code; -1 when a signal ended the program.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}
