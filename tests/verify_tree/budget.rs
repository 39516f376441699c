//! A namespace that holds too much to be compared is told, and nothing is claimed of it; the others go on.

use std::fmt::Write;
use std::fs;

use crate::shared::{NETWORK, Outcome, ciliate, code, stdout};
use serde_json::Value;
use tempfile::TempDir;

/// More policies than there may be of which each leaves out one kind of pod.
const NEGATIVE: usize = 600;

/// A policy of which a safe change gives back the pods in its block.
fn policy(name: &str, namespace: &str, selector: &str, port: usize) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec:\n  podSelector: {selector}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        cidr: \
         0.0.0.0/0\n    ports:\n    - port: {port}\n"
    )
}

/// Writes a namespace whose policies tell each pod from each other, and another one beside it.
fn tree() -> std::io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let mut shop = String::new();
    for number in 0..NEGATIVE {
        let selector = format!("{{matchExpressions: [{{key: app, operator: NotIn, values: [a{number}]}}]}}");
        let policy = policy(&format!("p{number}"), "shop", &selector, 1_024 + number);
        write!(shop, "{policy}").expect("a string takes every text");
    }
    fs::write(folder.path().join("shop.yaml"), shop)?;
    fs::write(folder.path().join("pay.yaml"), policy("out", "pay", "{}", 443))?;
    Ok(folder)
}

fn run(folder: &TempDir, arguments: &[&str]) -> std::io::Result<std::process::Output> {
    let mut command = ciliate(folder.path());
    command
        .args(arguments)
        .args(NETWORK)
        .args(["--cilium-version", "1.17.9"]);
    command.output()
}

#[test]
fn no_safe_change_is_made_in_a_namespace_that_is_too_much_to_prove_and_the_others_are() -> Outcome {
    let folder = tree()?;
    let shop = fs::read_to_string(folder.path().join("shop.yaml"))?;
    let pay = fs::read_to_string(folder.path().join("pay.yaml"))?;
    let checked = run(&folder, &["check", "-o", "json", "--fix", "safe"])?;
    assert_eq!(code(&checked), 12);
    let report: Value = serde_json::from_slice(&checked.stdout)?;
    let failures = report["failures"].as_array().ok_or("failures is a list")?;
    let [failure] = failures.as_slice() else {
        return Err(format!("one failure, not {failures:?}").into());
    };
    assert_eq!(failure["path"], "shop.yaml");
    let message = failure["message"].as_str().ok_or("a message is text")?;
    assert!(
        message.contains("namespace `shop` holds too much to be compared"),
        "{message}"
    );
    assert!(message.contains("Let fewer of its policies"), "{message}");
    let items = report["items"].as_array().ok_or("items is a list")?;
    let of_safe = items.iter().filter(|item| item["grade"] == "safe");
    for item in of_safe.filter(|item| item["location"]["path"] == "shop.yaml") {
        assert_ne!(item["status"], "chosen", "{item}");
    }
    let fixed = run(&folder, &["fix"])?;
    assert_eq!(code(&fixed), 12, "{}", stdout(&fixed));
    assert_eq!(fs::read_to_string(folder.path().join("shop.yaml"))?, shop);
    assert_ne!(fs::read_to_string(folder.path().join("pay.yaml"))?, pay);
    Ok(())
}

#[test]
fn what_was_not_compared_meets_no_requirement() -> Outcome {
    let folder = tree()?;
    for require in ["none", "no-loss", "exact"] {
        let verified = run(&folder, &["verify", "-o", "json", "--require", require])?;
        assert_eq!(code(&verified), 12, "{require}");
        let report: Value = serde_json::from_slice(&verified.stdout)?;
        assert_eq!(report["met"], require == "none");
        assert_eq!(report["failures"].as_array().map(Vec::len), Some(1), "{require}");
        let differences = report["clusters"][0]["differences"].as_array();
        let differences = differences.ok_or("differences is a list")?;
        assert!(differences.iter().all(|set| set["namespace"] != "shop"));
    }
    let words = stdout(&run(&folder, &["verify", "--require", "no-loss"])?);
    assert!(words.contains("not met"), "{words}");
    assert!(
        words.contains("some namespaces are not compared: see the failures"),
        "{words}"
    );
    Ok(())
}
