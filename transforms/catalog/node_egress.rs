#![doc = include_str!("node_egress.md")]

use ipnet::IpNet;

use crate::overlay::nodes::nodes;
use crate::overlay::proposal::{Proposal, substituted_selector};
use crate::policy::{CnpPeers, CnpRule, Direction, Entity};
use crate::transform::{Decision, Phase, Role, Scope, Subject, Transform};
use crate::world::aks::LOCAL_DNS;
use crate::world::{MinorVersion, World};

/// Adds an overlay that keeps the egress to nodes that NPM allows.
pub static TRANSFORM: Transform = Transform {
    id: "node-egress",
    summary: "add an overlay that keeps the egress to nodes that NPM allows",
    docs: include_str!("node_egress.md"),
    role: Role::Changes(Phase::After),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    if !policy.in_effect(Direction::Egress) || policy.allows_everything(Direction::Egress) {
        return vec![Decision::NotNeeded];
    }
    if policy.selector.has_substitution() {
        return vec![substituted_selector(policy)];
    }
    let proposal = Proposal {
        transform: TRANSFORM.id,
        direction: Direction::Egress,
        message: "NPM never filters what these pods send to their own node; Cilium does".to_owned(),
        label: "isolates its pods for egress, their own node included".to_owned(),
        always: own_node(world.facts.target.cilium),
        nodes: nodes(policy, Direction::Egress, world),
    };
    proposal.decisions(policy, world)
}

/// Returns the rules for what NPM never filtered.
fn own_node(cilium: MinorVersion) -> Vec<CnpRule> {
    let every_port = |peers| CnpRule {
        peers,
        ports: Vec::new(),
    };
    let mut rules = vec![every_port(CnpPeers::Entities(vec![Entity::Host]))];
    if cilium.takes_local_dns_for_world() {
        rules.push(every_port(CnpPeers::Cidrs(vec![IpNet::V4(LOCAL_DNS)])));
    }
    rules
}

#[cfg(test)]
mod tests;
