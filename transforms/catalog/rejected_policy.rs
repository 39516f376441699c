#![doc = include_str!("rejected_policy.md")]

use crate::policy::{ObjectKey, Spot};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Finds policies that the API server refuses; those that Cilium rejects for a CIDR are told by `odd-cidr`.
pub static TRANSFORM: Transform = Transform {
    id: "rejected-policy",
    summary: "a policy that the API server or Cilium refuses protects nothing there",
    docs: include_str!("rejected_policy.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Cluster,
    decide,
};

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let refused = world.rejected.iter().flat_map(|policy| {
        let problems = policy.problems.iter();
        problems.map(|(spot, problem)| finding(&policy.key, *spot, problem))
    });
    refused.map(Decision::Finding).collect()
}

fn finding(key: &ObjectKey, spot: Spot, problem: &str) -> Finding {
    Finding {
        spot: Some(spot),
        severity: Severity::Error,
        message: format!("the API server refuses NetworkPolicy {key}, so it protects nothing today: {problem}"),
        label: "refused".to_owned(),
        help:
            "correct this and apply the policy before the switch, or delete it; mended it begins to isolate, so it is \
               not edited here and no overlay is made from it"
                .to_owned(),
        notes: Vec::new(),
    }
}
