//! The recorded clusters, written out as manifests.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::{Outcome, root};

/// The file that the policies are written to.
pub const POLICIES: &str = "policies.yaml";
/// The file that the nodes are written to: a dump of them.
pub const NODES: &str = "nodes.yaml";

/// Reads the repository's own copy of some recorded clusters, `guide-table` or `scenarios`.
pub fn recorded(name: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    let packed = File::open(root().join(format!("testdata/conformance/{name}.jsonl.gz")))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Returns the items of a list in an object; none where there is no such list.
pub fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

/// Returns what is known of a cluster's network, as flags.
pub fn network(scenario: &Value) -> Result<Vec<String>, Box<dyn Error>> {
    let network = &scenario["network"];
    let ranges = items(network, "podCIDRs").map(|cidr| ("--pod-cidr", cidr));
    let ranges = ranges.chain(items(network, "nodeCIDRs").map(|cidr| ("--node-cidr", cidr)));
    let mut flags = Vec::new();
    for (flag, cidr) in ranges.chain([("--service-cidr", &network["serviceCIDR"])]) {
        flags.extend([flag.to_owned(), cidr.as_str().ok_or("a range is text")?.to_owned()]);
    }
    Ok(flags)
}

/// Returns a cluster's manifests, by the file that each kind goes to.
pub fn manifests(scenario: &Value) -> Result<[(&'static str, String); 4], Box<dyn Error>> {
    let text = |objects: Vec<Value>| -> Result<String, Box<dyn Error>> {
        let texts: Result<Vec<_>, _> = objects.iter().map(serde_yaml::to_string).collect();
        Ok(texts?.join("---\n"))
    };
    Ok([
        (
            "namespaces.yaml",
            text(items(scenario, "namespaces").map(namespace).collect())?,
        ),
        ("pods.yaml", text(items(scenario, "pods").map(pod).collect())?),
        (
            "services.yaml",
            text(items(scenario, "services").map(service).collect())?,
        ),
        (POLICIES, text(items(scenario, "policies").cloned().collect())?),
    ])
}

/// Writes a cluster out as manifests.
pub fn write_out(scenario: &Value, folder: &Path) -> Outcome {
    for (file, text) in manifests(scenario)? {
        fs::write(folder.join(file), text)?;
    }
    Ok(())
}

/// Returns a dump of a cluster's nodes.
pub fn nodes(scenario: &Value) -> Result<String, Box<dyn Error>> {
    let node = |it: &Value| {
        let addresses: Vec<_> = items(it, "ips")
            .map(|ip| json!({"type": "InternalIP", "address": ip}))
            .collect();
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": it["name"]},
            "status": {"addresses": addresses},
        })
    };
    let items: Vec<_> = items(scenario, "nodes").map(node).collect();
    Ok(serde_yaml::to_string(
        &json!({"apiVersion": "v1", "kind": "List", "items": items}),
    )?)
}

fn namespace(it: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": it["name"], "labels": it["labels"]}})
}

fn pod(it: &Value) -> Value {
    let port =
        |port: &Value| json!({"name": port["name"], "containerPort": port["port"], "protocol": port["protocol"]});
    let ports: Vec<_> = items(it, "namedPorts").map(port).collect();
    let first = [&it["ip"]].into_iter();
    let others = items(it, "ips").filter(|ip| **ip != it["ip"]);
    let addresses: Vec<_> = first.chain(others).map(|ip| json!({"ip": ip})).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": it["name"], "namespace": it["ns"], "labels": it["labels"]},
        "spec": {
            "hostNetwork": it["hostNetwork"] == true,
            "nodeName": it["node"],
            "containers": [{"name": "main", "image": "registry.example.com/main:1", "ports": ports}],
        },
        "status": {"podIPs": addresses},
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
