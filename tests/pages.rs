//! The catalogue's pages: what they show is what happens.

mod shared;

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use shared::pages::{Block, blocks, commands};
use shared::{Outcome, ciliate, code, entries, root, stderr, stdout};

/// Returns the exit codes that a verb may end with on a page.
fn expected_codes(verb: &str) -> &'static [i32] {
    match verb {
        "check" => &[0, 10, 11],
        _ => &[0],
    }
}

/// Hides hashes, which no page can spell out and stay readable: any 16 hex digits become zeros.
fn masked(text: &str) -> String {
    let is_hash = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_hash(bare) {
                word.replace(bare, &"0".repeat(16))
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// Returns the severities that a finding's page names.
fn severities(page: &str) -> Vec<&'static str> {
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix("**Severity:** "))
        .unwrap_or_default();
    let known = ["error", "warning", "note", "manual"];
    known
        .into_iter()
        .filter(|name| line.split(|c: char| !c.is_alphabetic()).any(|word| word == *name))
        .collect()
}

/// Runs a page's example and says what differs from the page.
fn mismatches(id: &str, page: &str) -> Result<String, Box<dyn Error>> {
    let blocks = blocks(page);
    let find = |info: &str| blocks.iter().find(|block| block.info == info);
    let (Some(console), Some(before)) = (find("console"), find("yaml before")) else {
        return Ok(String::new());
    };
    let folder = tempfile::tempdir()?;
    let command = commands(console.text)[0];
    let mut words = command.split_whitespace().skip(1);
    let file = command.split_whitespace().last().unwrap_or_default();
    fs::write(folder.path().join(file), before.text)?;
    let verb = words.next().unwrap_or_default();
    let output = ciliate(folder.path()).arg(verb).args(words).output()?;
    let said = format!("{}{}", stdout(&output), stderr(&output));
    let mut problems = String::new();
    if !expected_codes(verb).contains(&code(&output)) {
        write!(problems, "exit code {}\n{said}", code(&output))?;
    }
    let names = severities(page);
    if !names.is_empty() && !names.iter().any(|severity| said.contains(&format!("{severity}[{id}]"))) {
        write!(problems, "none of {names:?} is said of {id}:\n{said}")?;
    }
    for block in &blocks {
        problems += &file_mismatch(block, file, before.text, folder.path())?;
    }
    Ok(problems)
}

/// Holds a block that shows a file against the file.
fn file_mismatch(block: &Block<'_>, edited: &str, before: &str, folder: &Path) -> Result<String, Box<dyn Error>> {
    let path = match block.info.split_once(' ') {
        Some(("yaml", "after")) => edited,
        Some(("yaml", rest)) => match rest.strip_prefix("overlay ") {
            Some(path) => path,
            None => return Ok(String::new()),
        },
        _ => return Ok(String::new()),
    };
    let found = fs::read_to_string(folder.join(path)).unwrap_or_else(|error| error.to_string());
    let mut problems = String::new();
    if masked(&found) != masked(block.text) {
        write!(problems, "{path} should be\n{}but is\n{found}", block.text)?;
    }
    let untouched = fs::read_to_string(folder.join(edited))?;
    if path != edited && untouched != before {
        write!(problems, "an overlay's source must stay, but is\n{untouched}")?;
    }
    Ok(problems)
}

#[test]
fn every_page_shows_what_happens() -> Outcome {
    let mut problems = String::new();
    let mut examples = 0;
    for path in entries(&root().join("transforms/catalog"))? {
        if path.extension().is_some_and(|extension| extension == "md") {
            let page = fs::read_to_string(&path)?;
            let id = page
                .lines()
                .next()
                .and_then(|line| line.strip_prefix("# "))
                .ok_or("a page without a title")?;
            let found = mismatches(id, &page)?;
            if !found.is_empty() {
                write!(problems, "\n== {}\n{found}", path.display())?;
            }
            examples += blocks(&page).iter().filter(|block| block.info == "console").count();
        }
    }
    assert!(problems.is_empty(), "{problems}");
    assert!(examples > 20, "only {examples} pages have an example");
    Ok(())
}
