#![doc = include_str!("dead_block.md")]

use crate::policy::{Block, Policy};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Finds blocks inside the service CIDR.
pub static TRANSFORM: Transform = Transform {
    id: "dead-block",
    summary: "a block inside the service CIDR matches nothing in either engine",
    docs: include_str!("dead_block.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let blocks = policy.peers_in_effect().filter_map(|(_, peer)| peer.value.block());
    blocks
        .filter_map(|block| finding(policy, block, world))
        .map(Decision::Finding)
        .collect()
}

fn finding(policy: &Policy, block: &Block, world: &World) -> Option<Finding> {
    let net = block.cidr.v4()?;
    let service_net = world
        .facts
        .service_nets()
        .into_iter()
        .find(|services| services.contains(&net))?;
    let stated = world.facts.stated_at.get("service-cidrs");
    let stated = stated.map(|at| format!(" ({at})")).unwrap_or_default();
    Some(Finding {
        spot: Some(policy.place.at(block.cidr_span)),
        severity: Severity::Note,
        message: format!(
            "{} matches nothing: both engines judge after a service's address became a pod's",
            block.cidr
        ),
        label: format!("inside the service CIDR {service_net}{stated}"),
        help:
            "nothing changes at the switch; to make the rule work, select the pods behind the service on their target \
               port, which opens what is shut today"
                .to_owned(),
        notes: Vec::new(),
    })
}
