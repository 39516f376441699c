//! Manifests that others wrote go through unharmed.

mod shared;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_yaml::Value as Yaml;
use shared::documents::{is_policy, objects_of, unintended};
use shared::{ENDS_WELL, FIX_ALL, NETWORK, Outcome, beside, ciliate, code, contents, copy, stderr};

type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// What a run over a copy of the corpus leaves and says.
struct Run {
    before: Tree,
    after: Tree,
    report: Vec<u8>,
}

/// Fixes `folder` with everything chosen and returns the JSON report.
fn fix(folder: &Path, more: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let arguments = ["--cilium-version", "1.16.16", "-o", "json", "."];
    let output = ciliate(folder)
        .args(FIX_ALL)
        .args(NETWORK)
        .args(more)
        .args(arguments)
        .output()?;
    assert!(
        ENDS_WELL.contains(&code(&output)),
        "exit {}: {}",
        code(&output),
        stderr(&output)
    );
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    Ok(output.stdout)
}

/// Fixes a copy of the corpus; nothing where the corpus is missing.
fn run(more: &[&str]) -> Result<Option<Run>, Box<dyn Error>> {
    let Some(corpus) = beside("corpus") else {
        return Ok(None);
    };
    let folder = tempfile::tempdir()?;
    copy(&corpus, folder.path())?;
    let before = contents(folder.path())?;
    let report = fix(folder.path(), more)?;
    let after = contents(folder.path())?;
    fix(folder.path(), more)?;
    assert_eq!(
        changed(&after, &contents(folder.path())?),
        Vec::<&PathBuf>::new(),
        "a second run changes nothing"
    );
    Ok(Some(Run { before, after, report }))
}

/// Returns the paths whose bytes differ.
fn changed<'t>(before: &'t Tree, after: &'t Tree) -> Vec<&'t PathBuf> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    gone.chain(
        after
            .iter()
            .filter(|(path, bytes)| before.get(*path) != Some(bytes))
            .map(|(path, _)| path),
    )
    .collect()
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

#[test]
fn nothing_changes_but_the_rules_of_policies_and_a_second_run_changes_nothing() -> Outcome {
    let Some(run) = run(&[])? else { return Ok(()) };
    let (mut edited, mut added) = (0, 0);
    for path in changed(&run.before, &run.after) {
        match (run.before.get(path), run.after.get(path)) {
            (Some(before), Some(after)) => {
                let problem = unintended(std::str::from_utf8(before)?, std::str::from_utf8(after)?);
                assert_eq!(problem, None, "{}", path.display());
                edited += 1;
            }
            (None, Some(_)) => {
                assert!(path.starts_with("cilium-overlays"), "{} is new", path.display());
                added += 1;
            }
            (_, None) => panic!("{} is gone", path.display()),
        }
    }
    assert!(edited > 0 && added > 5, "{edited} files were edited and {added} added");
    Ok(())
}

#[test]
fn every_file_and_every_policy_is_counted_or_skipped_with_a_reason() -> Outcome {
    let Some(run) = run(&[])? else { return Ok(()) };
    let report: Value = serde_json::from_slice(&run.report)?;
    let skipped = report["skipped"].as_array().ok_or("no list of what was skipped")?;
    for entry in skipped {
        assert!(
            entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
            "{entry} has no reason"
        );
    }
    let manifests: Vec<_> = run.before.keys().filter(|path| is_manifest(path)).collect();
    assert_eq!(report["counts"]["files"], manifests.len(), "every manifest is searched");
    let listed = |list: &Value, path: &Path| {
        list.as_array().is_some_and(|list| {
            list.iter()
                .any(|entry| entry["path"].as_str().map(Path::new) == Some(path))
        })
    };
    let mut read = 0;
    for path in manifests {
        let text = String::from_utf8_lossy(&run.before[path]);
        let gone = |object: &Yaml| object["kind"] == "NetworkPolicy" && object["apiVersion"] == "extensions/v1beta1";
        let found = objects_of(&text)
            .into_iter()
            .filter(|object| is_policy(object) || gone(object))
            .count();
        if !listed(&report["skipped"], path) && !listed(&report["failures"], path) {
            read += found;
        }
    }
    assert_eq!(report["counts"]["policies"], read, "no policy is dropped in silence");
    Ok(())
}

#[test]
fn the_number_of_threads_changes_neither_the_tree_nor_the_report() -> Outcome {
    let Some(one) = run(&["-j", "1"])? else { return Ok(()) };
    for threads in ["2", "7"] {
        let Some(other) = run(&["-j", threads])? else {
            return Ok(());
        };
        assert_eq!(
            changed(&one.after, &other.after),
            Vec::<&PathBuf>::new(),
            "the tree with -j {threads}"
        );
        assert!(one.report == other.report, "the report with -j {threads} is another");
    }
    Ok(())
}
