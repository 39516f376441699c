#![doc = include_str!("ipv6.md")]

use crate::policy::Direction;
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Finds policies that cut IPv6 off on a dual-stack cluster.
pub static TRANSFORM: Transform = Transform {
    id: "ipv6",
    summary: "isolated pods of a dual-stack cluster lose IPv6, which NPM never filtered",
    docs: include_str!("ipv6.md"),
    role: Role::Finds(Severity::Error),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    if !world.facts.has_ipv6() {
        return Vec::new();
    }
    let policy = world.policy(id);
    let isolates = |&direction: &Direction| policy.in_effect(direction) && !policy.allows_everything(direction);
    let directions: Vec<_> = Direction::BOTH
        .into_iter()
        .filter(isolates)
        .map(Direction::section_key)
        .collect();
    if directions.is_empty() {
        return Vec::new();
    }
    vec![Decision::Finding(Finding {
        spot: Some(policy.place.at(policy.types.written.unwrap_or(policy.place.name))),
        severity: Severity::Error,
        message: format!(
            "NPM never filters IPv6; Cilium {} does: the pods of this policy lose all IPv6 {} that no rule allows",
            world.facts.target.version,
            directions.join(" and ")
        ),
        label: "isolates for IPv6 too".to_owned(),
        help:
            "list the IPv6 addresses that these pods need and add blocks for them right after the switch, not before: \
               NPM drops a policy with an IPv6 block whole"
                .to_owned(),
        notes: Vec::new(),
    })]
}
