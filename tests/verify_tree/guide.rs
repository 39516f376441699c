//! The example policies of Microsoft's guide: what differs is what the guide says, and the fix leaves none of it.

use super::shared::clusters::items;
use super::shared::{Outcome, code, stderr, stdout};
use super::{assert_exact_when_fixed, said, tree, verify};

/// A workload of the namespace `default`, which the guide's policies select, with the port that they name.
const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: test, namespace: default}
spec:
  selector: {matchLabels: {network-rules-egress: cilium-np-test}}
  template:
    metadata: {labels: {network-rules-egress: cilium-np-test}}
    spec: {containers: [{name: test, ports: [{name: http-test, containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: default}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec: {containers: [{name: other, ports: [{name: http-test, containerPort: 9090}]}]}
";

/// Writes one of the guide's policies.
fn policy(spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: guide, namespace: default}}\n\
         spec: {{{spec}}}\n"
    )
}

/// Asserts which flows Cilium loses or gains with nothing changed, and that the fix is exact.
fn assert_mended(spec: &str, flags: &[&str], differences: &[&str]) -> Outcome {
    let policy = policy(spec);
    let files = [("app.yaml", APP), ("policy.yaml", &policy)];
    let folder = tree(&files)?;
    let output = verify(folder.path(), &[flags, &["-o", "json", "."]].concat())?;
    let report: serde_json::Value = serde_json::from_str(&stdout(&output))?;
    let mended = |line: &&str| format!("{line} (policy.yaml:{})", if line.starts_with("lost") { 3 } else { 4 });
    let expected: Vec<String> = differences.iter().map(mended).collect();
    assert_eq!(said(&report, "differences"), expected, "{}", stderr(&output));
    assert_exact_when_fixed(&files, flags)
}

#[test]
fn a_range_of_ports_is_cut_to_its_first_before_1_16() -> Outcome {
    assert_mended(
        "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/24}}], ports: [{protocol: \
         TCP, port: 32000, endPort: 32768}]}]",
        &["--cilium-version", "1.15.19"],
        &[
            "lost mended: Deployment default/other → outside 10.0.0.4, 32001/TCP",
            "lost mended: Deployment default/other → the pod's own node, 443/TCP",
        ],
    )
}

#[test]
fn a_block_of_all_addresses_loses_pods_and_nodes() -> Outcome {
    assert_mended(
        "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]",
        &[],
        &["lost mended: Deployment default/test → Deployment default/other, 443/TCP"],
    )
}

#[test]
fn a_named_port_without_peers_blocks_what_it_allowed() -> Outcome {
    assert_mended(
        "podSelector: {matchLabels: {network-rules-egress: cilium-np-test}}, egress: [{ports: [{port: http-test, \
         protocol: TCP}]}], policyTypes: [Egress]",
        &["--fix", "review"],
        &[
            "lost mended: Deployment default/test → Deployment default/test, 8080/TCP",
            "lost mended: Deployment default/test → Deployment default/other, 9090/TCP",
            "lost mended: Deployment default/test → the pod's own node, 443/TCP",
        ],
    )
}

#[test]
fn egress_to_an_internal_subnet_loses_the_own_node() -> Outcome {
    assert_mended(
        "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.20.30.0/24}}]}]",
        &[],
        &["lost mended: Deployment default/other → the pod's own node, 443/TCP"],
    )
}

#[test]
fn a_load_balancer_s_clients_come_back_and_what_that_opens_is_told() -> Outcome {
    let policy = policy("podSelector: {}, policyTypes: [Ingress]");
    let service = "\
apiVersion: v1
kind: Service
metadata: {name: test, namespace: default}
spec: {type: LoadBalancer, selector: {network-rules-egress: cilium-np-test}, ports: [{port: 80, targetPort: 8080}]}
";
    let folder = tree(&[("app.yaml", APP), ("policy.yaml", &policy), ("service.yaml", service)])?;
    let require = ["--fix", "review", "--require", "no-loss", "-o", "json", "."];
    let output = verify(folder.path(), &require)?;
    let report: serde_json::Value = serde_json::from_str(&stdout(&output))?;
    let expected = [
        "lost mended: outside 203.0.113.7 through a service, on the pod's own node → Deployment default/test, 8080/TCP \
         (policy.yaml:3)",
        "gained brought: another node 10.224.0.4 → Deployment default/test, 8080/TCP \
         (cilium-overlays/default/test-load-balancer.yaml:null)",
    ];
    assert_eq!(
        (code(&output), said(&report, "differences")),
        (0, expected.map(str::to_owned).to_vec())
    );
    let gained = items(&report["clusters"][0], "differences")
        .last()
        .ok_or("there is one")?;
    assert_eq!(
        (&gained["peers"]["outside"], &gained["peers"]["other_nodes"]),
        (&"every".into(), &"every".into())
    );
    Ok(())
}
