//! Every case of `testdata/<transform>/` against its snapshot: what a user sees, and that nothing else moved.

mod shared;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use ciliate_transforms::catalog;
use shared::{ciliate, code, contents, copy, folders, name, root, stderr, stdout};

type Outcome = Result<(), Box<dyn Error>>;

/// Folders of `testdata/` that belong to no entry of the catalogue.
const OTHER_FOLDERS: &[&str] = &[
    "demo",
    "yaml",
    "hostile",
    "clusters",
    "generated",
    "conformance",
    "server",
];

fn file_stem(id: &str) -> String {
    id.replace('-', "_")
}

/// Returns the flags of a case.
fn flags(case: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let file = case.join("args");
    let text = if file.exists() {
        fs::read_to_string(file)?
    } else {
        String::new()
    };
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

/// Runs a case, and holds what it prints against what it does.
fn outcome_of(case: &Path) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    copy(&case.join("input"), folder.path())?;
    let flags = flags(case)?;
    let run = |verb: &str, more: &[&str]| {
        ciliate(folder.path())
            .args([verb, "--phase", "all", "--today", "2026-12-01"])
            .args(&flags)
            .args(more)
            .output()
    };
    let before = contents(folder.path())?;
    let shown = run("fix", &["--diff", "."])?;
    // Only who writes is asked for the word that the switch is done.
    if !flags.iter().any(|flag| flag == "--after-switch") {
        let checked = run("check", &["."])?;
        assert_eq!(
            code(&checked),
            code(&shown),
            "check promises what fix does: {}",
            case.display()
        );
    }
    assert_eq!(contents(folder.path())?, before, "neither --diff nor check writes");
    let fixed = run("fix", &["."])?;
    assert!(
        [0, 11, 12].contains(&code(&fixed)),
        "fix in {}: {}",
        case.display(),
        stderr(&fixed)
    );
    let after = contents(folder.path())?;
    run("fix", &["."])?;
    assert_eq!(
        contents(folder.path())?,
        after,
        "a second run changes nothing: {}",
        case.display()
    );
    Ok(format!("exit: {}\n{}{}", code(&shown), stdout(&shown), stderr(&shown)))
}

#[test]
fn every_case_matches_its_snapshot_and_a_second_run_changes_nothing() -> Outcome {
    for transform in catalog::ALL {
        let stem = file_stem(transform.id);
        for case in folders(&root().join("testdata").join(&stem))? {
            let outcome = outcome_of(&case)?;
            let why = fs::read_to_string(case.join("why.md"))?;
            insta::with_settings!({
                snapshot_path => root().join("snapshots").join(&stem),
                prepend_module_to_snapshot => false,
                omit_expression => true,
                description => why.trim(),
            }, {
                insta::assert_snapshot!(name(&case), outcome);
            });
        }
    }
    Ok(())
}

#[test]
fn every_transform_has_a_case_and_every_case_belongs_to_a_transform() -> Outcome {
    let stems: BTreeSet<String> = catalog::ALL.iter().map(|transform| file_stem(transform.id)).collect();
    for stem in &stems {
        assert!(
            !folders(&root().join("testdata").join(stem))?.is_empty(),
            "testdata/{stem} has no case"
        );
    }
    for folder in folders(&root().join("testdata"))? {
        let known = stems.contains(name(&folder)) || OTHER_FOLDERS.contains(&name(&folder));
        assert!(known, "{} belongs to nothing", folder.display());
    }
    Ok(())
}

#[test]
fn every_snapshot_belongs_to_a_case() -> Outcome {
    let of_cases = |folder: &&std::path::PathBuf| !OTHER_FOLDERS.contains(&name(folder));
    for folder in folders(&root().join("snapshots"))?.iter().filter(of_cases) {
        for snapshot in shared::entries(folder)? {
            let case = snapshot.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let input = root().join("testdata").join(name(folder)).join(case);
            assert!(input.is_dir(), "{} has no case", snapshot.display());
        }
    }
    Ok(())
}
