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
    let reach = Reach::of_policy(policy);
    if !world.workloads_read || !reach.is_known(world) {
        return Vec::new();
    }
    let selected = reach.workloads(world);
    let Some(first) = selected.iter().find(|workload| workload.host_network) else {
        return Vec::new();
    };
    if selected.iter().any(|workload| !workload.host_network) {
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
