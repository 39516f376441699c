#![doc = include_str!("node_address.md")]

use crate::policy::{Direction, Policy};
use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;
use crate::world::frozen::frozen;

/// Says once that nodes may have addresses that only the user knows.
pub static TRANSFORM: Transform = Transform {
    id: "node-address",
    summary: "other addresses bound on a node were never filtered by NPM either",
    docs: include_str!("node_address.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Cluster,
    decide,
};

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let filters = |policy: &&Policy| {
        policy.in_effect(Direction::Egress) && !policy.allows_everything(Direction::Egress) && frozen(policy).is_none()
    };
    let count = world.policies.iter().filter(filters).count();
    if count == 0 {
        return Vec::new();
    }
    let filter = if count == 1 { "filters" } else { "filter" };
    vec![Decision::Finding(Finding {
        spot: None,
        severity: Severity::Note,
        message: format!(
            "{count} of {} policies {filter} egress: under NPM their pods reach every address bound on their own node, and the \
             overlays' entity `host` is the node's own addresses alone",
            world.policies.len()
        ),
        label: String::new(),
        help:
            "if pods use another address that is bound on nodes (a resolver, keepalived), allow it by ipBlock in their \
               policies before the switch"
                .to_owned(),
        notes: Vec::new(),
    })]
}
