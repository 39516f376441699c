//! Hundreds of small clusters, written out as manifests: every kind of policy that the engines were compared on.

mod shared;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Output;

use rayon::prelude::*;
use serde_json::Value;
use shared::documents::{documents, read, unintended};
use shared::manifests::{POLICIES, ranges, write_out};
use shared::{ENDS_WELL, FIX_ALL, Outcome, beside, ciliate, code, contents, root, stderr, stdout};

/// The families whose first cluster is shown as a snapshot, each with the target that it is shown for.
const SHOWN: &[(&str, &str)] = &[
    ("cidr-any", "1.18.6"),
    ("cidr-except-covers-pods", "1.18.6"),
    ("cidr-host-bits", "1.18.6"),
    ("cidr-nodes", "1.18.6"),
    ("cidr-pods-part", "1.18.6"),
    ("cidr-service-range", "1.18.6"),
    ("cnp-deny", "1.18.6"),
    ("default-deny-egress", "1.18.6"),
    ("host-network-subject", "1.18.6"),
    ("ipv6-mixed", "1.18.6"),
    ("loadbalancer-etp-cluster", "1.18.6"),
    ("named-egress-no-peers", "1.18.6"),
    ("named-one-number", "1.18.6"),
    ("named-two-numbers", "1.18.6"),
    ("named-with-cidr", "1.18.6"),
    ("nodeport-etp-cluster", "1.18.6"),
    ("ns-notin-several", "1.18.6"),
    ("policytypes-hide-rules", "1.18.6"),
    ("port-number-as-string", "1.18.6"),
    ("port-range-start-only", "1.16.16"),
    ("port-sctp", "1.18.6"),
    ("random-np", "1.18.6"),
    ("selector-on-dropped-labels", "1.18.6"),
];

/// Returns the scenarios, sorted by id; nothing where they are missing.
fn scenarios() -> Result<Vec<Value>, Box<dyn Error>> {
    let Some(folder) = beside("conformance") else {
        return Ok(Vec::new());
    };
    let text = fs::read_to_string(folder.join("scenarios.jsonl"))?;
    let mut scenarios: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    scenarios.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    Ok(scenarios)
}

/// Fixes a cluster for a target, with what is known of its network.
fn fix(scenario: &Value, folder: &Path, cilium: &str, more: &[&str]) -> Result<Output, Box<dyn Error>> {
    let mut command = ciliate(folder);
    command.args(FIX_ALL).args(["--cilium-version", cilium]).args(more);
    Ok(command.args(ranges(scenario)).arg(".").output()?)
}

/// Fixes a cluster twice and says what is wrong with the result.
fn problem_with(scenario: &Value) -> Result<Option<String>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    write_out(scenario, folder.path())?;
    let before = fs::read_to_string(folder.path().join(POLICIES))?;
    let output = fix(scenario, folder.path(), "1.18.6", &[])?;
    if !ENDS_WELL.contains(&code(&output)) || code(&output) == 12 {
        return Ok(Some(format!("exit {}: {}", code(&output), stderr(&output))));
    }
    let after = fs::read_to_string(folder.path().join(POLICIES))?;
    if let Some(problem) = unintended(&before, &after) {
        return Ok(Some(problem));
    }
    let fixed = contents(folder.path())?;
    for (path, bytes) in fixed.iter().filter(|(path, _)| path.starts_with("cilium-overlays")) {
        let text = std::str::from_utf8(bytes)?;
        let kind = if path.ends_with("kustomization.yaml") {
            "Kustomization"
        } else {
            "CiliumNetworkPolicy"
        };
        if documents(text).len() != 1 || read(text)?["kind"] != kind {
            return Ok(Some(format!("{} is no {kind}:\n{text}", path.display())));
        }
    }
    fix(scenario, folder.path(), "1.18.6", &[])?;
    Ok((contents(folder.path())? != fixed).then(|| "a second run changes something".to_owned()))
}

#[test]
fn every_cluster_keeps_its_policies_and_a_second_run_changes_nothing() -> Outcome {
    let judged = |scenario: &Value| {
        let problem = problem_with(scenario).unwrap_or_else(|error| Some(error.to_string()))?;
        Some(format!("{}: {problem}\n", scenario["id"]))
    };
    let problems: String = scenarios()?.par_iter().filter_map(judged).collect();
    assert!(problems.is_empty(), "\n{problems}");
    Ok(())
}

#[test]
fn a_policy_that_every_api_server_refuses_is_told_and_stays_as_it_is() -> Outcome {
    for scenario in scenarios()?.iter().filter(|it| it["family"] == "port-number-as-string") {
        let folder = tempfile::tempdir()?;
        write_out(scenario, folder.path())?;
        let before = contents(folder.path())?;
        let output = fix(scenario, folder.path(), "1.18.6", &["-o", "concise"])?;
        assert!(
            stdout(&output).contains("rejected-policy"),
            "{}: {}",
            scenario["id"],
            stdout(&output)
        );
        assert_eq!(contents(folder.path())?, before, "{}", scenario["id"]);
    }
    Ok(())
}

#[test]
fn the_first_cluster_of_each_shown_family_matches_its_snapshot() -> Outcome {
    let scenarios = scenarios()?;
    for (family, cilium) in SHOWN {
        let Some(scenario) = scenarios.iter().find(|it| it["family"] == *family) else {
            assert!(scenarios.is_empty(), "there is no family {family}");
            continue;
        };
        let folder = tempfile::tempdir()?;
        write_out(scenario, folder.path())?;
        let shown = fix(scenario, folder.path(), cilium, &["--diff"])?;
        insta::with_settings!({
            snapshot_path => root().join("snapshots/clusters"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => format!("{} under Cilium {cilium}", scenario["id"].as_str().unwrap_or_default()),
        }, {
            insta::assert_snapshot!(*family, format!("exit: {}\n{}{}", code(&shown), stdout(&shown), stderr(&shown)));
        });
    }
    Ok(())
}
