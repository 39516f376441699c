//! Whole trees under both engines: naive edits are caught with a flow that shows them, and the program's own are exact.

mod base;
mod budget;
mod guide;
mod output;
#[path = "../shared/mod.rs"]
mod shared;
mod traps;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use shared::clusters::items;
use shared::{NETWORK, Outcome, ciliate, code, copy, stderr, stdout};
use tempfile::TempDir;

/// Files by their paths.
type Files<'f> = &'f [(&'f str, &'f str)];

/// Two apps: `web`, which policies select, and `api`, which listens on the port `http`.
const APPS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, ports: [{name: http, containerPort: 9000}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, ports: [{name: http, containerPort: 8080}]}]}
";

/// Writes a policy for `web`.
fn policy(spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{podSelector: {{matchLabels: {{app: web}}}}, {spec}}}\n"
    )
}

/// Writes a CiliumNetworkPolicy.
fn overlay(spec: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: by-hand, namespace: shop}}\n\
         spec: {{{spec}}}\n"
    )
}

/// Writes files below a folder.
fn write(folder: &Path, files: Files<'_>) -> Outcome {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().ok_or("a file has a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// Makes a tree of files.
fn tree(files: Files<'_>) -> Result<TempDir, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), files)?;
    Ok(folder)
}

fn run(verb: &[&str], folder: &Path, more: &[&str]) -> Result<Output, Box<dyn Error>> {
    let mut command = ciliate(folder);
    command.env_remove("CILIATE_REQUIRE").args(verb).args(NETWORK);
    command.args(["--today", "2026-12-01"]);
    if !more.contains(&"--cilium-version") {
        command.args(["--cilium-version", "1.18.6"]);
    }
    Ok(command.args(more).output()?)
}

fn verify(folder: &Path, more: &[&str]) -> Result<Output, Box<dyn Error>> {
    run(&["verify"], folder, more)
}

/// Says differences in a line each: which way, in which states, and the flow that shows it with what decides it.
fn said<'r>(report: &'r Value, list: &str) -> Vec<String> {
    let sets = items(report, "clusters").flat_map(|cluster| items(cluster, list));
    let text = |value: &'r Value| value.as_str().unwrap_or_default();
    let line = |set: &'r Value| {
        let example = &set["example"];
        let engine = if example["cilium"]["policy"].is_null() {
            "npm"
        } else {
            "cilium"
        };
        let policy = &example[engine]["policy"];
        format!(
            "{} {}: {} → {}, {} ({}:{})",
            text(&set["effect"]),
            text(&set["course"]),
            text(&example["from"]),
            text(&example["to"]),
            text(&example["port"]),
            text(&policy["path"]),
            policy["line"]
        )
    };
    sets.map(line).collect()
}

/// What a tree comes to, held against another.
fn held_against(base: &Path, folder: &Path) -> Result<Value, Box<dyn Error>> {
    let base = base.to_string_lossy();
    let output = verify(folder, &["--base", &base, "-o", "json", "."])?;
    if code(&output) != 0 {
        return Err(stderr(&output).into());
    }
    Ok(serde_json::from_str(&stdout(&output).replace(&*base, "old"))?)
}

/// Asserts that the program's own fix of a tree is exact: alone, and held against what was there before.
fn assert_exact_when_fixed(old: Files<'_>, more: &[&str]) -> Outcome {
    let base = tree(old)?;
    let folder = tempfile::tempdir()?;
    copy(base.path(), folder.path())?;
    let fixed = run(&["fix", "--phase", "all"], folder.path(), more)?;
    assert!([0, 11].contains(&code(&fixed)), "{}", stderr(&fixed));
    let base = base.path().to_string_lossy();
    let target = more
        .windows(2)
        .find(|words| words[0] == "--cilium-version")
        .unwrap_or_default();
    for more in [&[][..], &["--base", &base]] {
        let output = verify(folder.path(), &[target, more, &["--require", "exact", "."]].concat())?;
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    }
    Ok(())
}
