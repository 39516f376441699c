//! A generated tree: as many changes as counting in the manifests themselves gives.

mod shared;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;
use shared::documents::{documents, read};
use shared::{ENDS_WELL, FIX_ALL, NETWORK, Outcome, beside, ciliate, code, contents, root, stderr, tool};

/// Things said by name and kind, such as `ip-block change`.
type Counts = BTreeMap<String, usize>;

/// A range of more ports than this is left for a person.
const MAX_PORTS: u64 = 1024;

/// Generates the tree; nothing where the generator or Python is missing.
fn generated() -> Result<Option<tempfile::TempDir>, Box<dyn Error>> {
    let (Some(bench), Some(python)) = (beside("bench"), tool("python3", "--version")) else {
        return Ok(None);
    };
    let folder = tempfile::tempdir()?;
    let arguments = ["--files", "2000", "--services", "--seed", "7"];
    let output = Command::new(python)
        .arg(bench.join("gen.py"))
        .arg(folder.path())
        .args(arguments)
        .output()?;
    assert!(output.status.success(), "{}", stderr(&output));
    Ok(Some(folder))
}

/// Fixes the tree and counts what the report says.
fn said(folder: &Path, cilium: &str) -> Result<Counts, Box<dyn Error>> {
    let arguments = ["--cilium-version", cilium, "-o", "json", "."];
    let output = ciliate(folder).args(FIX_ALL).args(NETWORK).args(arguments).output()?;
    assert!(
        ENDS_WELL.contains(&code(&output)),
        "{}: {}",
        code(&output),
        stderr(&output)
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["failures"], serde_json::json!([]), "every edit is made");
    let mut counts = Counts::new();
    for item in report["items"].as_array().ok_or("no items")? {
        let word = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        *counts.entry(format!("{} {}", word("name"), word("kind"))).or_default() += 1;
    }
    Ok(counts)
}

/// The manifests of one namespace; the generator gives each app its own.
#[derive(Default)]
struct App {
    policies: Vec<Value>,
    /// Workloads whose pods have addresses of their own.
    workloads: Vec<Value>,
    /// Services that bring clients from outside.
    services: usize,
}

/// Sorts the objects of the tree by namespace.
fn apps(folder: &Path) -> Result<BTreeMap<String, App>, Box<dyn Error>> {
    let mut apps: BTreeMap<String, App> = BTreeMap::new();
    for (_, bytes) in contents(&folder.join("clusters"))? {
        for document in documents(std::str::from_utf8(&bytes)?) {
            let object = read(document)?;
            let Some(namespace) = object["metadata"]["namespace"].as_str() else {
                continue;
            };
            let app = apps.entry(namespace.to_owned()).or_default();
            match object["kind"].as_str() {
                Some("NetworkPolicy") => app.policies.push(object),
                Some("Deployment" | "DaemonSet") if object["spec"]["template"]["spec"]["hostNetwork"] != true => {
                    app.workloads.push(object);
                }
                Some("Service") if object["spec"]["type"] != "ClusterIP" => app.services += 1,
                _ => {}
            }
        }
    }
    Ok(apps)
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_sequence().map_or(&[], Vec::as_slice)
}

/// Returns the only block of an egress rule.
fn block(rule: &Value) -> &str {
    rule["to"][0]["ipBlock"]["cidr"].as_str().unwrap_or_default()
}

/// Tells whether every pod of the app has a port of this name.
fn all_declare(app: &App, name: &str) -> bool {
    let declares = |workload: &Value| {
        let containers = items(&workload["spec"]["template"]["spec"], "containers").iter();
        containers
            .flat_map(|container| items(container, "ports"))
            .any(|port| port["name"] == name)
    };
    !app.workloads.is_empty() && app.workloads.iter().all(declares)
}

/// Counts by the words of the transforms' pages, without any of the program's own code.
fn expected(apps: &BTreeMap<String, App>, ranges_are_cut: bool) -> Counts {
    let mut counts = Counts::new();
    let mut count = |what: &str, number: usize| *counts.entry(what.to_owned()).or_default() += number;
    for app in apps.values() {
        // NPM drops a policy with an IPv6 block whole: it is told, and nothing of it is changed.
        let dropped = |policy: &&Value| {
            items(&policy["spec"], "egress")
                .iter()
                .any(|rule| block(rule).contains(':'))
        };
        let (dropped, enforced): (Vec<_>, Vec<_>) = app.policies.iter().partition(dropped);
        count("unenforced-policy finding", dropped.len());
        for policy in &enforced {
            for rule in items(&policy["spec"], "egress") {
                let port = &rule["ports"][0];
                let length = port["endPort"]
                    .as_u64()
                    .zip(port["port"].as_u64())
                    .map(|(end, start)| end - start + 1);
                if let Some(length) = length.filter(|_| ranges_are_cut) {
                    count(
                        if length > MAX_PORTS {
                            "end-port manual"
                        } else {
                            "end-port change"
                        },
                        1,
                    );
                }
                count(
                    "ip-block change",
                    usize::from(["0.0.0.0/0", "10.0.0.0/8"].contains(&block(rule))),
                );
            }
            let name = policy["spec"]["ingress"][0]["ports"][0]["port"].as_str();
            count(
                "named-port change",
                usize::from(name.is_some_and(|name| all_declare(app, name))),
            );
            count("node-egress change", 1);
        }
        let isolated = !enforced.is_empty() && !app.workloads.is_empty();
        count("load-balancer change", if isolated { app.services } else { 0 });
    }
    counts.retain(|_, number| *number > 0);
    counts
}

fn assert_counts(cilium: &str, ranges_are_cut: bool) -> Outcome {
    let Some(folder) = generated()? else { return Ok(()) };
    let expected = expected(&apps(folder.path())?, ranges_are_cut);
    let said = said(folder.path(), cilium)?;
    insta::with_settings!({
        snapshot_path => root().join("snapshots/generated"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_debug_snapshot!(format!("cilium-{cilium}"), said);
    });
    let kinds = ["change", "manual"].map(|kind| format!(" {kind}"));
    let of_changes = |(what, _): &(&String, &usize)| {
        kinds.iter().any(|kind| what.ends_with(kind)) || what.starts_with("unenforced-policy")
    };
    let said: Counts = said
        .iter()
        .filter(of_changes)
        .map(|(what, number)| (what.clone(), *number))
        .collect();
    assert_eq!(said, expected);
    let overlays = contents(&folder.path().join("cilium-overlays"))?;
    let overlays = overlays
        .keys()
        .filter(|path| !path.ends_with("kustomization.yaml"))
        .count();
    assert_eq!(
        overlays,
        expected["node-egress change"] + expected["load-balancer change"],
        "a file for each overlay"
    );
    Ok(())
}

#[test]
fn before_1_17_a_generated_tree_has_the_counted_changes_with_its_ranges() -> Outcome {
    assert_counts("1.16.16", true)
}

#[test]
fn from_1_17_on_a_generated_tree_has_the_counted_changes_without_its_ranges() -> Outcome {
    assert_counts("1.18.6", false)
}
