#![doc = include_str!("rejected_policy.md")]

use crate::policy::{ObjectKey, Policy, Spot};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;
use crate::world::frozen::value_that_cilium_rejects;
use crate::world::npm_drops::unenforced_by_npm;

/// Finds policies that the API server or Cilium refuses.
pub static TRANSFORM: Transform = Transform {
    id: "rejected-policy",
    summary: "a policy that the API server or Cilium refuses protects nothing there",
    docs: include_str!("rejected_policy.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Cluster,
    decide,
};

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let by_server = world.rejected.iter().flat_map(|policy| {
        let problems = policy.problems.iter();
        problems.map(|(spot, problem)| refused(&policy.key, *spot, problem))
    });
    let by_cilium = world.policies.iter().filter_map(|policy| rejected(policy, world));
    by_server.chain(by_cilium).map(Decision::Finding).collect()
}

fn refused(key: &ObjectKey, spot: Spot, problem: &str) -> Finding {
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

/// Finds what NPM enforces and Cilium rejects; what NPM drops as well is told by `unenforced-policy`.
fn rejected(policy: &Policy, world: &World) -> Option<Finding> {
    let target = &world.facts.target;
    let (span, value) = value_that_cilium_rejects(policy, target.cilium)?;
    if unenforced_by_npm(policy).is_some() {
        return None;
    }
    Some(Finding {
        spot: Some(policy.place.at(span)),
        severity: Severity::Error,
        message: format!(
            "Cilium {} rejects this policy whole because of the value {value:?}, which no label can have: its pods are \
             open after the switch",
            target.version
        ),
        label: "rejected".to_owned(),
        help:
            "take the value out before the switch; until then the policy is not edited and no overlay is made from it"
                .to_owned(),
        notes: Vec::new(),
    })
}
