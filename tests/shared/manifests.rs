//! Recorded clusters, written out as manifests.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Outcome;

/// The file with the policies.
pub const POLICIES: &str = "policies.yaml";

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

fn namespace(it: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": it["name"], "labels": it["labels"]}})
}

fn pod(it: &Value) -> Value {
    let port =
        |port: &Value| json!({"name": port["name"], "containerPort": port["port"], "protocol": port["protocol"]});
    let ports: Vec<_> = items(it, "namedPorts").map(port).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": it["name"], "namespace": it["ns"], "labels": it["labels"]},
        "spec": {
            "hostNetwork": it["hostNetwork"] == true,
            "containers": [{"name": "main", "image": "registry.example.com/main:1", "ports": ports}],
        },
    })
}

fn service(it: &Value) -> Value {
    let mut spec = it.clone();
    if let Some(spec) = spec.as_object_mut() {
        spec.remove("ns");
        spec.remove("name");
    }
    let metadata = json!({"name": it["name"], "namespace": it["ns"]});
    json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
}

/// Writes a cluster out as manifests.
pub fn write_out(scenario: &Value, folder: &Path) -> Outcome {
    let write = |file: &str, objects: Vec<Value>| -> Outcome {
        let texts: Result<Vec<_>, _> = objects.iter().map(serde_yaml::to_string).collect();
        Ok(fs::write(folder.join(file), texts?.join("---\n"))?)
    };
    write(
        "namespaces.yaml",
        items(scenario, "namespaces").map(namespace).collect(),
    )?;
    write("pods.yaml", items(scenario, "pods").map(pod).collect())?;
    write("services.yaml", items(scenario, "services").map(service).collect())?;
    write(POLICIES, items(scenario, "policies").cloned().collect())
}

/// Returns the flags that tell a cluster's network.
pub fn ranges(scenario: &Value) -> Vec<&str> {
    let network = &scenario["network"];
    let ranges = items(network, "podCIDRs").map(|cidr| ("--pod-cidr", cidr));
    let ranges = ranges.chain(items(network, "nodeCIDRs").map(|cidr| ("--node-cidr", cidr)));
    let ranges = ranges.chain([("--service-cidr", &network["serviceCIDR"])]);
    ranges
        .filter_map(|(flag, cidr)| Some([flag, cidr.as_str()?]))
        .flatten()
        .collect()
}
