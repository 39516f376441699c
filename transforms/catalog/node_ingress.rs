#![doc = include_str!("node_ingress.md")]

use crate::overlay::nodes::nodes;
use crate::overlay::proposal::{Proposal, substituted_selector};
use crate::policy::Direction;
use crate::transform::{Decision, Phase, Role, Scope, Subject, Transform};
use crate::world::World;

/// Adds an overlay that keeps the ingress from other nodes that NPM allows.
pub static TRANSFORM: Transform = Transform {
    id: "node-ingress",
    summary: "add an overlay that keeps the ingress from other nodes that NPM allows",
    docs: include_str!("node_ingress.md"),
    role: Role::Changes(Phase::After),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let nodes = nodes(policy, Direction::Ingress, world);
    if nodes.rules.is_empty() && nodes.open.is_empty() {
        return vec![Decision::NotNeeded];
    }
    if policy.selector.has_substitution() {
        return vec![substituted_selector(policy)];
    }
    let proposal = Proposal {
        transform: TRANSFORM.id,
        direction: Direction::Ingress,
        message: "its blocks admit other nodes under NPM; under Cilium no block matches a node".to_owned(),
        label: "admits nodes by their addresses".to_owned(),
        always: Vec::new(),
        nodes,
    };
    proposal.decisions(policy, world)
}

#[cfg(test)]
mod tests;
