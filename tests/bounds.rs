//! Configs and flags that ask for too much: each ends in a documented exit code, in bounded memory and time.
#![cfg(target_os = "linux")]

mod shared;

use std::fmt::Write;
use std::fs;

use shared::capped::{POLICY, capped};
use shared::{Outcome, code, stderr};

#[test]
fn no_config_fills_memory_or_runs_forever() -> Outcome {
    let mut lists = "- &l0 [x]\n".to_owned();
    for level in 1..30 {
        let below = level - 1;
        writeln!(lists, "- &l{level} [*l{below}, *l{below}]")?;
    }
    let deep = "a/".repeat(200);
    let by_path = |glob: &str| format!("namespaces-by-path: [{{path: '{glob}', namespace: a}}]\n");
    for (name, config, expected) in [
        ("alias-of-itself", "clusters: &c\n- *c\n".to_owned(), 2),
        ("alias-bomb", format!("clusters:\n{lists}"), 2),
        ("brackets", format!("clusters: {}\n", "[".repeat(100_000)), 2),
        ("stars", by_path(&"*a".repeat(32)), 0),
        ("folders", by_path(&format!("{}b", "**/".repeat(16))), 0),
        ("too-many-stars", by_path(&"*a".repeat(33)), 2),
        (
            "alternates",
            format!("files: {{exclude: ['{{{}}}']}}\n", "a*b,".repeat(30_000)),
            0,
        ),
        (
            "long-glob",
            format!("files: {{exclude: ['{}']}}\n", "a*".repeat(100_000)),
            2,
        ),
        (
            "many-globs",
            format!("files: {{exclude: [{}]}}\n", "'**/a*b.yaml', ".repeat(4_000)),
            0,
        ),
        (
            "too-many-globs",
            format!("files: {{exclude: [{}]}}\n", "a, ".repeat(5_000)),
            2,
        ),
        ("clusters", format!("clusters:\n{}", "- {name: a}\n".repeat(100_000)), 2),
    ] {
        let folder = tempfile::tempdir()?;
        let below = folder.path().join(&deep);
        fs::create_dir_all(&below)?;
        fs::write(folder.path().join(".ciliate.yaml"), format!("version: 1\n{config}"))?;
        fs::write(folder.path().join(format!("{}.yaml", "a".repeat(100))), POLICY)?;
        fs::write(below.join("x.yaml"), POLICY.replace("good", "better"))?;
        let output = capped(folder.path(), &[])?;
        let said = stderr(&output).chars().take(500).collect::<String>();
        assert_eq!(code(&output), expected, "{name}: {said}");
        assert_eq!(
            expected == 2,
            said.starts_with("error: .ciliate.yaml:"),
            "{name}: {said}"
        );
    }
    Ok(())
}

#[test]
fn the_longest_globs_of_the_command_line_fill_no_memory() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("a.yaml"), POLICY)?;
    for glob in ["?".repeat(120_000), format!("{{{}}}", "a*b,".repeat(30_000))] {
        for flag in ["--glob", "--exclude"] {
            let output = capped(folder.path(), &[flag, &glob])?;
            // Most of them match nothing, so that there may be no manifests.
            assert!([0, 2, 3].contains(&code(&output)), "{}", stderr(&output));
        }
    }
    Ok(())
}

#[test]
fn a_run_starts_no_more_threads_than_help() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("a.yaml"), POLICY)?;
    let output = capped(folder.path(), &["-j", "65535"])?;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    Ok(())
}
