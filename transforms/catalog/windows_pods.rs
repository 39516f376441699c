#![doc = include_str!("windows_pods.md")]

use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::facts::NodeFact;
use crate::world::{Workload, World};

/// Finds pods on Windows nodes.
pub static TRANSFORM: Transform = Transform {
    id: "windows-pods",
    summary: "pods on Windows nodes are not served by Cilium on AKS",
    docs: include_str!("windows_pods.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Cluster,
    decide,
};

const HELP: &str = "move these workloads to Linux nodes, or to a cluster that keeps its network policy engine, before \
                    this one is switched";

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let workloads = world
        .workloads
        .iter()
        .filter(|workload| workload.windows)
        .map(of_workload);
    let nodes: Vec<&NodeFact> = world.facts.nodes.iter().filter(|node| node.windows).collect();
    workloads.chain(of_nodes(&nodes)).map(Decision::Finding).collect()
}

fn of_workload(workload: &Workload) -> Finding {
    Finding {
        spot: Some(workload.place.spot()),
        severity: Severity::Error,
        message: format!(
            "{} {} runs on Windows nodes, which Cilium on AKS does not serve: no policy protects its pods",
            workload.kind, workload.key
        ),
        label: "runs on Windows".to_owned(),
        help: HELP.to_owned(),
        notes: Vec::new(),
    }
}

fn of_nodes(nodes: &[&NodeFact]) -> Option<Finding> {
    let first = nodes.first()?;
    let which = match nodes.len() {
        1 => format!("node {} runs Windows", first.name),
        count => format!("{count} nodes run Windows, {} among them", first.name),
    };
    Some(Finding {
        spot: None,
        severity: Severity::Error,
        message: format!("{which}, which Cilium on AKS does not serve: no policy protects the pods there"),
        label: String::new(),
        help: HELP.to_owned(),
        notes: Vec::new(),
    })
}
