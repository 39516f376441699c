#![doc = include_str!("host_network_subject.md")]

use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;
use crate::world::reach::Reach;

/// Finds policies that select hostNetwork pods alone.
pub static TRANSFORM: Transform = Transform {
    id: "host-network-subject",
    summary: "the policy selects only hostNetwork pods, which neither engine enforces",
    docs: include_str!("host_network_subject.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    if !world.workloads_read || !Reach::of_policy(policy).is_known(world) {
        return Vec::new();
    }
    let there = world.workloads_in(&policy.key.namespace);
    // Few pods are on the host network, so that the selector is held against few.
    let selects = |host_network: bool| {
        let mut workloads = there
            .iter()
            .filter(move |workload| workload.host_network == host_network);
        workloads.find(|workload| policy.selector.matches(&workload.labels))
    };
    let Some(first) = selects(true) else {
        return Vec::new();
    };
    if selects(false).is_some() {
        return Vec::new();
    }
    vec![Decision::Finding(Finding {
        spot: Some(policy.place.at(policy.selector_span)),
        severity: Severity::Note,
        message: format!(
            "this selects only pods on the host network ({} {}): neither engine enforces the policy",
            first.kind, first.key
        ),
        label: "selects hostNetwork pods alone".to_owned(),
        help:
            "nothing changes at the switch; to protect the pods, take them off the host network or filter on the node"
                .to_owned(),
        notes: Vec::new(),
    })]
}
