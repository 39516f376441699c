//! What a comparison prints and ends with.

use std::fs;

use serde_json::Value;

use super::shared::{Outcome, ciliate, code, stderr, stdout};
use super::{APPS, Files, policy, said, tree, verify};

/// A tree of which the fix mends one loss, leaves a gain and brings none.
fn mixed() -> String {
    policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.0.0/16}}], ports: [{port: 443}]}]")
}

#[test]
fn people_see_who_loses_what_by_whom_and_what_the_fix_mends() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &mixed())])?;
    let output = verify(folder.path(), &["--select", "ip-block", "."])?;
    let expected = "\
shop
  lost, mended by the fix: Deployment shop/web → Deployment shop/api, Deployment shop/web and pods that no file shows, on 443/TCP
    for example Deployment shop/web → Deployment shop/api, 443/TCP
      NPM today                allow  web.yaml:4  NetworkPolicy shop/web, egress[0] (NPM-R6)
      Cilium, nothing changed  deny   web.yaml:3  NetworkPolicy shop/web, isolates for egress (CIL-R3)
  lost, left by the fix: Deployment shop/web → its own node and the node-local DNS, all ports
    for example Deployment shop/web → the pod's own node, 443/TCP
      NPM today      allow  no policy has a say
                            NPM-D6: NPM never filters what a pod and its own node exchange
      Cilium, fixed  deny   web.yaml:3  NetworkPolicy shop/web, isolates for egress
                            CIL-R3: policies isolate the pod, and none of their rules matches

read: 2 files, 3 documents, 1 policy, 2 workloads
skipped: nothing
cluster: 1 policy, Cilium 1.18.6
  taken for granted: a namespace with a workload in these manifests has all its workloads in them; of other namespaces, and of AKS's own, nothing is known
  the fix: 1 change
  compared: 3 kinds of pods, 13 flow sets
  NPM after the `before` phase: nothing moves
differences from NPM today    lost  gained
  Cilium, nothing changed        2       0
    mended by the fix            1       0
    left by the fix              1       0
    brought by the fix           0       0
  Cilium, fixed                  1       0
";
    assert_eq!(
        (code(&output), stdout(&output).as_str()),
        (0, expected),
        "{}",
        stderr(&output)
    );
    let quiet = verify(folder.path(), &["--select", "ip-block", "-q", "."])?;
    let differences = expected.split("\n\n").next().unwrap_or_default();
    assert_eq!(stdout(&quiet).trim_end(), differences);
    let verbose = verify(folder.path(), &["--select", "ip-block", "-v", "."])?;
    assert!(
        stdout(&verbose).contains("https://github.com/Azure/azure-container-networking/"),
        "{}",
        stdout(&verbose)
    );
    Ok(())
}

#[test]
fn a_line_a_difference_is_enough_for_other_programs() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &mixed())])?;
    let output = verify(folder.path(), &["--select", "ip-block", "-o", "concise", "."])?;
    let expected = "\
web.yaml:3: lost, mended by the fix: Deployment shop/web → Deployment shop/api, Deployment shop/web and pods that no file shows, on 443/TCP
web.yaml:3: lost, left by the fix: Deployment shop/web → its own node and the node-local DNS, all ports
2 lost (1 mended, 1 left by the fix) in 1 policy of 2 files
";
    assert_eq!(stdout(&output), expected);
    Ok(())
}

#[test]
fn a_pull_request_gets_a_table_and_folded_differences() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &mixed())])?;
    let more = ["--select", "ip-block", "-o", "markdown", "--require", "no-loss", "."];
    let output = verify(folder.path(), &more)?;
    let text = stdout(&output);
    let head = "\
## Who can reach whom: NPM today and Cilium

| differences from NPM today | lost | gained |
|---|---:|---:|
| **Cilium, nothing changed** | 2 | 0 |
| … mended by the fix | 1 | 0 |
| … left by the fix | 1 | 0 |
| … brought by the fix | 0 | 0 |
| **Cilium, fixed** | 1 | 0 |

❌ --require no-loss: not met, 1 lost

<details><summary><b><code>shop</code></b>: 2 differences, 1 of them in “Cilium, fixed”</summary>

- **lost, mended by the fix**: `Deployment shop/web` → `Deployment shop/api`, `Deployment shop/web` and pods that no file shows, on `443/TCP`
  - for example `Deployment shop/web` → `Deployment shop/api`, `443/TCP`
  - denied by `web.yaml:3`  `NetworkPolicy shop/web`, isolates for egress (CIL-R3)
- **lost, left by the fix**: `Deployment shop/web` → its own node and the node-local DNS, all ports
  - for example `Deployment shop/web` → `the pod's own node`, `443/TCP`
  - NPM today: **allow**, no policy has a say ([NPM-D6](https://github.com/Azure/";
    assert_eq!(code(&output), 14);
    assert!(text.starts_with(head), "{text}");
    assert_eq!(text.matches("<details>").count(), 2, "{text}");
    assert_eq!(text.matches("</details>").count(), 2, "{text}");
    Ok(())
}

#[test]
fn a_tree_without_differences_says_so_in_every_form() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS)])?;
    for (form, said) in [
        ("human", "differences: none"),
        ("concise", "no difference in 0 policies of 1 file\n"),
        ("markdown", "No difference: "),
        ("json", "\"differences\": []"),
    ] {
        let output = verify(folder.path(), &["-o", form, "--require", "exact", "."])?;
        assert_eq!(code(&output), 0, "{form}: {}", stderr(&output));
        assert!(stdout(&output).contains(said), "{form}: {}", stdout(&output));
    }
    Ok(())
}

#[test]
fn json_has_its_schema_the_counts_and_each_difference_with_both_rulings() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &mixed())])?;
    let output = verify(folder.path(), &["--select", "ip-block", "-o", "json", "."])?;
    let report: Value = serde_json::from_str(&stdout(&output))?;
    assert_eq!(
        (&report["schema"], &report["counts"]["policies"]),
        (&1.into(), &1.into())
    );
    assert_eq!((&report["require"], &report["met"]), (&"none".into(), &true.into()));
    let cluster = &report["clusters"][0];
    assert_eq!(
        cluster["tally"]["lost"],
        serde_json::json!({"mended": 1, "left": 1, "brought": 0})
    );
    assert_eq!(cluster["changes"]["chosen"], 1);
    let example = &cluster["differences"][0]["example"];
    assert_eq!(
        (&example["npm"]["allowed"], &example["cilium"]["allowed"]),
        (&true.into(), &false.into())
    );
    assert_eq!(example["cilium"]["because"]["id"], "CIL-R3");
    Ok(())
}

#[test]
fn only_what_is_required_ends_with_14() -> Outcome {
    let gains = policy("policyTypes: [Egress], egress: [{ports: [{port: grpc}]}]");
    let apps = APPS.replace("ports: [", "ports: [{name: grpc, containerPort: 7000}, ");
    let loses = mixed();
    for (files, only, [none, no_loss, exact]) in [
        (&[("apps.yaml", APPS)][..], "ip-block", [0, 0, 0]),
        (&[("apps.yaml", APPS), ("web.yaml", &loses)], "ip-block", [0, 14, 14]),
        (&[("apps.yaml", &apps), ("web.yaml", &gains)], "node-egress", [0, 0, 14]),
    ] {
        let folder = tree(files)?;
        for (require, expected) in [("none", none), ("no-loss", no_loss), ("exact", exact)] {
            let output = verify(folder.path(), &["--require", require, "--select", only, "."])?;
            assert_eq!(code(&output), expected, "{require}: {}", stdout(&output));
        }
        let lenient = verify(
            folder.path(),
            &["--require", "exact", "--exit-zero", "--select", only, "."],
        )?;
        assert_eq!(code(&lenient), 0);
    }
    Ok(())
}

#[test]
fn what_a_change_for_review_moves_under_npm_is_told_and_is_not_exact() -> Outcome {
    let named = policy("policyTypes: [Egress], egress: [{ports: [{port: grpc}]}]");
    let apps = APPS.replace("ports: [", "ports: [{name: grpc, containerPort: 7000}, ");
    let folder = tree(&[("apps.yaml", &apps), ("web.yaml", &named)])?;
    let requiring = |require| verify(folder.path(), &["--fix", "review", "--require", require, "."]);
    assert_eq!(code(&requiring("no-loss")?), 0);
    let output = requiring("exact")?;
    let text = stdout(&output);
    assert_eq!(code(&output), 14);
    for said in [
        "\ngained under NPM by the fix: Deployment shop/web → pods that no file shows, on 7000/TCP\n",
        "  NPM after the `before` phase: 1 difference; `ciliate check` tells what the changes for review rest on\n",
        "\n--require exact: not met, 1 gained and 1 moved under NPM\n",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    Ok(())
}

#[test]
fn the_environment_may_require_too() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &mixed())])?;
    let mut command = ciliate(folder.path());
    let output = command
        .env("CILIATE_REQUIRE", "no-loss")
        .args(["verify", "--select", "ip-block"])
        .output()?;
    assert_eq!(code(&output), 14, "{}", stderr(&output));
    Ok(())
}

#[test]
fn a_file_that_can_not_be_read_is_12_and_the_rest_is_compared() -> Outcome {
    let bad = "kind: NetworkPolicy\n\t- [\n";
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &mixed()), ("bad.yaml", bad)])?;
    for form in ["human", "concise", "markdown", "json"] {
        let output = verify(
            folder.path(),
            &["--require", "exact", "--select", "ip-block", "-o", form, "."],
        )?;
        assert_eq!(code(&output), 12, "{form}");
        let text = stdout(&output);
        assert!(
            text.contains("bad.yaml") && text.contains("Deployment shop/web"),
            "{form}: {text}"
        );
    }
    Ok(())
}

#[test]
fn without_manifests_it_ends_with_3_unless_that_is_allowed() -> Outcome {
    let folder = tree(&[("notes.md", "# Notes\n")])?;
    assert_eq!(code(&verify(folder.path(), &["."])?), 3);
    let output = verify(folder.path(), &["--allow-empty", "--require", "exact", "."])?;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("differences: none"), "{}", stdout(&output));
    Ok(())
}

#[test]
fn each_of_several_clusters_has_its_sum() -> Outcome {
    let loses = mixed();
    let folder = tree(&[
        ("clusters/a/apps.yaml", APPS),
        ("clusters/a/web.yaml", &loses),
        ("clusters/b/web.yaml", APPS),
    ])?;
    let output = verify(folder.path(), &["--select", "ip-block", "."])?;
    let text = stdout(&output);
    assert!(text.starts_with("shop (cluster a)\n"), "{text}");
    for sum in [
        "differences: 2 lost, 1 with the fix; 0 gained, 0 with the fix",
        "differences: 0 lost, 0 with the fix; 0 gained, 0 with the fix",
    ] {
        assert!(text.contains(sum), "{sum}: {text}");
    }
    Ok(())
}

#[test]
fn neither_threads_nor_the_order_of_files_show() -> Outcome {
    let loses = mixed();
    let clusters: Files<'_> = &[
        ("clusters/a/apps.yaml", APPS),
        ("clusters/a/web.yaml", &loses),
        ("clusters/b/apps.yaml", APPS),
        ("clusters/b/web.yaml", &loses),
        ("clusters/c/web.yaml", &loses),
    ];
    let folder = tree(clusters)?;
    for form in ["human", "json", "markdown"] {
        let text = |more: &[&str]| -> Result<String, Box<dyn std::error::Error>> {
            Ok(stdout(&verify(folder.path(), &[more, &["-o", form]].concat())?))
        };
        let one = text(&["-j", "1", "clusters/a", "clusters/b", "clusters/c"])?;
        assert!(one.contains("Deployment shop/web"), "{one}");
        assert_eq!(one, text(&["-j", "8", "clusters/c", "clusters/b", "clusters/a"])?);
    }
    // Other names of the files change nothing but the places.
    let renamed = tree(&[("z.yaml", APPS), ("a.yaml", &loses)])?;
    let named = tree(&[("apps.yaml", APPS), ("web.yaml", &loses)])?;
    let concise = |folder: &std::path::Path| verify(folder, &["-o", "concise", "."]).map(|output| stdout(&output));
    assert_eq!(
        concise(renamed.path())?.replace("a.yaml", "web.yaml"),
        concise(named.path())?
    );
    Ok(())
}

#[test]
fn markdown_is_for_this_command_and_others_say_so() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS)])?;
    for verb in ["check", "fix"] {
        let output = ciliate(folder.path()).args([verb, "-o", "markdown"]).output()?;
        assert_eq!(code(&output), 2);
        assert!(
            stderr(&output).contains("-o markdown: this command has no such report; it has human, concise, json"),
            "{}",
            stderr(&output)
        );
    }
    Ok(())
}

#[test]
fn manifests_on_stdin_are_compared() -> Outcome {
    let folder = tree(&[])?;
    let file = folder.path().join("stream");
    fs::write(&file, format!("{APPS}---\n{}", mixed()))?;
    let mut command = ciliate(folder.path());
    command.args(["verify", "-o", "json", "-"]).args(super::shared::NETWORK);
    let output = command.stdin(fs::File::open(&file)?).output()?;
    let report: Value = serde_json::from_str(&stdout(&output))?;
    assert!(!said(&report, "differences").is_empty(), "{}", stderr(&output));
    Ok(())
}

#[test]
fn a_policy_that_selects_only_the_host_network_is_noticed() -> Outcome {
    let apps = APPS.replace("spec: {", "spec: {hostNetwork: true, ");
    let folder = tree(&[("apps.yaml", &apps), ("web.yaml", &policy("policyTypes: [Egress]"))])?;
    let output = verify(folder.path(), &["."])?;
    let text = stdout(&output);
    assert!(text.contains("\n  host-network-subject (web.yaml:"), "{text}");
    Ok(())
}
