//! The README: its commands run, its config is one, and its table is the catalogue.

mod shared;

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use ciliate_transforms::catalog;
use ciliate_transforms::transform::{Phase, Role, Transform};
use shared::pages::{blocks, commands};
use shared::{Outcome, ciliate, code, copy, root, stderr, stdout};

const TABLE_START: &str = "<!-- catalogue -->\n";
const TABLE_END: &str = "<!-- /catalogue -->";

/// Commands that a test can't run inside itself; `.ci/run` and installing run them.
const NOT_RUN: &[&str] = &["cargo test --workspace", "cargo install --path ."];

/// How the README runs the program from a clone.
const FROM_A_CLONE: &str = "cargo run --quiet --release -- ";

/// Runs one command in `folder` and returns the folder of the next.
fn run(command: &str, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    if NOT_RUN.contains(&command) {
        return Ok(folder.to_owned());
    }
    if let Some(next) = command.strip_prefix("cd ") {
        let next = folder.join(next);
        assert!(next.is_dir(), "`{command}` leads nowhere");
        return Ok(next);
    }
    let words = command
        .strip_prefix(FROM_A_CLONE)
        .or_else(|| command.strip_prefix("ciliate "));
    let words: Vec<_> = words
        .ok_or_else(|| format!("`{command}` is no command of ours"))?
        .split(' ')
        .collect();
    let output = ciliate(folder).args(&words).output()?;
    let expected: &[i32] = match (words.contains(&"--exit-zero"), words.first()) {
        (false, Some(&"check")) => &[0, 10, 11],
        (false, Some(&"fix")) if words.contains(&"--diff") => &[0, 10, 11],
        (false, Some(&"fix")) => &[0, 11],
        _ => &[0],
    };
    assert!(
        expected.contains(&code(&output)),
        "`{command}` ends with {}: {}",
        code(&output),
        stderr(&output)
    );
    Ok(folder.to_owned())
}

/// Returns the row of an entry of the catalogue.
fn row(transform: &Transform) -> String {
    let Transform { id, summary, role, .. } = transform;
    let what = match role {
        Role::Changes(Phase::Before) => "change, before the switch",
        Role::Changes(Phase::After) => "change, after the switch",
        Role::Finds(severity) => severity.name(),
    };
    format!(
        "| [{id}](transforms/catalog/{}.md) | {what} | {summary} |\n",
        id.replace('-', "_")
    )
}

#[test]
fn every_command_of_the_readme_runs() -> Outcome {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let mut ran = 0;
    for block in blocks(&readme)
        .iter()
        .filter(|block| ["console", "sh"].contains(&block.info))
    {
        let clone = tempfile::tempdir()?;
        copy(&root().join("testdata/demo"), &clone.path().join("testdata/demo"))?;
        let mut folder = clone.path().to_owned();
        for command in commands(block.text) {
            folder = run(command, &folder)?;
            ran += 1;
        }
    }
    assert!(ran > 0, "the README has commands");
    Ok(())
}

/// Returns each command of a console block with the lines below it that it prints.
fn shown(block: &str) -> Vec<(&str, Vec<&str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, Vec::new())),
            (None, Some((_, printed))) => printed.push(line),
            (None, None) => {}
        }
    }
    commands
}

#[test]
fn what_the_readme_shows_is_printed_but_for_what_the_dots_leave_out() -> Outcome {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let mut seen = 0;
    for block in blocks(&readme).iter().filter(|block| block.info == "console") {
        let mut folder = root().to_owned();
        for (command, printed) in shown(block.text) {
            if let Some(next) = command.strip_prefix("cd ") {
                folder = folder.join(next);
            }
            if printed.is_empty() {
                continue;
            }
            let words = command.strip_prefix("ciliate ").ok_or("only our own output is shown")?;
            let output = stdout(&ciliate(&folder).args(words.split(' ')).output()?);
            let mut rest = output.as_str();
            for part in printed.split(|line| *line == "…") {
                let part = part.join("\n");
                let at = rest
                    .find(&part)
                    .ok_or_else(|| format!("`{command}` prints no\n{part}\nin\n{output}"))?;
                rest = &rest[at + part.len()..];
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "the README shows what is printed");
    Ok(())
}

#[test]
fn the_config_of_the_readme_holds_for_the_demo() -> Outcome {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let blocks = blocks(&readme);
    let configs: Vec<_> = blocks.iter().filter(|block| block.info == "yaml").collect();
    assert!(!configs.is_empty(), "the README shows a config");
    for config in configs {
        let clone = tempfile::tempdir()?;
        copy(&root().join("testdata/demo/tree"), clone.path())?;
        fs::write(clone.path().join(".ciliate.yaml"), config.text)?;
        let output = ciliate(clone.path()).args(["check", "--exit-zero"]).output()?;
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains("cluster prod: "), "{}", stdout(&output));
    }
    Ok(())
}

#[test]
fn the_table_of_the_readme_is_the_catalogue() -> Outcome {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (head, rest) = readme
        .split_once(TABLE_START)
        .ok_or("the README has no table of the catalogue")?;
    let (table, tail) = rest
        .split_once(TABLE_END)
        .ok_or("the table of the catalogue has no end")?;
    let mut expected = "| name | what it is | what it does |\n|---|---|---|\n".to_owned();
    for transform in catalog::ALL {
        write!(expected, "{}", row(transform))?;
    }
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&path, format!("{head}{TABLE_START}{expected}{TABLE_END}{tail}"))?;
    } else {
        assert_eq!(table, expected, "run the tests with UPDATE_DOCS=1");
    }
    Ok(())
}
