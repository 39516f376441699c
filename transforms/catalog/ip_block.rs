#![doc = include_str!("ip_block.md")]

mod group;
#[cfg(test)]
mod tests;
mod unresolved;

use ipnet::Ipv4Net;

use crate::policy::{
    Block, CidrSet, Cover, Direction, Entry, Peer, Policy, Port, PortTarget, Rule, Selector, addresses,
};
use crate::transform::{Act, Change, Decision, Grade, Phase, Rewrite, Role, Scope, Subject, Transform};
use crate::world::reach::widened_by_labels;
use crate::world::{Peers, World};
use group::Group;
use unresolved::{depends_on_variable, partly, port_depends_on_variable, waits};

/// Adds selectors beside a CIDR that contains the pods.
pub static TRANSFORM: Transform = Transform {
    id: "ip-block",
    summary: "add selectors beside a CIDR that contains the pods",
    docs: include_str!("ip_block.md"),
    role: Role::Changes(Phase::Before),
    scope: Scope::Policies,
    decide,
};

fn decide(subject: Subject, world: &World) -> Vec<Decision> {
    let Subject::Policy(id) = subject else {
        return Vec::new();
    };
    let policy = world.policy(id);
    let groups = Direction::BOTH
        .into_iter()
        .flat_map(|direction| group::groups(policy, direction));
    groups
        .filter(|group| !group.reaches_every_pod() && !waits_for_names(group, world))
        .flat_map(|group| decide_group(policy, &group, world))
        .collect()
}

/// Tells whether the group must keep its hands off: beside an egress name, selectors would open the name's number on
/// every pod.
fn waits_for_names(group: &Group<'_>, world: &World) -> bool {
    names_leak(group, world) && group.rules.iter().any(|(_, rule)| rule.value.holds_name())
}

/// Returns a port that a variable may make a name, where a name would leak.
fn possible_name<'p>(group: &Group<'p>, world: &World) -> Option<&'p Port> {
    let mut ports = group
        .rules
        .iter()
        .flat_map(|(_, rule)| &rule.value.ports)
        .map(|port| &port.value);
    ports.find(|port| names_leak(group, world) && matches!(port.target, PortTarget::Substituted(_)))
}

fn names_leak(group: &Group<'_>, world: &World) -> bool {
    group.direction == Direction::Egress && !world.facts.target.cilium.resolves_egress_names_per_pod()
}

fn decide_group(policy: &Policy, group: &Group<'_>, world: &World) -> Vec<Decision> {
    let covered = addresses(group.blocks().map(|(_, block)| block));
    let of_pods = world.pod_cover(&covered);
    let variable = group.blocks().find(|(_, block)| block.has_variable());
    match (of_pods.cover, variable) {
        (Cover::All, _) => {
            if let Some(port) = possible_name(group, world) {
                return vec![Decision::Manual(port_depends_on_variable(policy, port))];
            }
            let mut reasons = Vec::new();
            if of_pods.without_nodes {
                let reason = "addresses of known nodes were left out of the pods' ranges, and nodes come and go";
                reasons.push(reason.to_owned());
            }
            change(policy, group, reasons, world)
                .into_iter()
                .map(Decision::Change)
                .collect()
        }
        (Cover::Nothing | Cover::Part | Cover::Unknown, Some((_, block))) => {
            vec![Decision::Manual(depends_on_variable(policy, block))]
        }
        (Cover::Nothing, None) => Vec::new(),
        (Cover::Part, None) => vec![Decision::Manual(partly(policy, group, &covered, world))],
        (Cover::Unknown, None) => waits(policy, group, world),
    }
}

/// Proposes to open the group to every pod, at the first block that holds some.
fn change(policy: &Policy, group: &Group<'_>, mut reasons: Vec<String>, world: &World) -> Option<Change> {
    let Opening {
        at,
        rule,
        block,
        written,
        action,
    } = opening(group, world)?;
    let mut notes = Vec::new();
    if let Some(overflow) = world.overflow(policy, &written) {
        reasons.push(overflow);
        if is_everything(&rule.value) {
            notes.push("with `peers: open` the rule takes one entry per port instead".to_owned());
        }
    }
    reasons.extend(widened_by_labels(policy, &written, world.facts.target.cilium));
    let value = Entry {
        value: written,
        origin: rule.origin,
        span: rule.span,
    };
    Some(Change {
        spot: policy.place.at(block.cidr_span),
        message: "this block no longer reaches pods under Cilium".to_owned(),
        label: label(group, block, world),
        action: action.to_owned(),
        notes,
        grade: Grade::of(reasons),
        act: Act::Rewrite(vec![Rewrite::Rule {
            direction: group.direction,
            at,
            with: vec![value],
        }]),
    })
}

/// A way to open a group to every pod.
struct Opening<'p> {
    /// The rule's index in its section.
    at: usize,
    rule: &'p Entry<Rule>,
    /// The block that the message points at.
    block: &'p Block,
    written: Rule,
    action: &'static str,
}

/// Returns the way that the settings ask for: selectors, or no peers at all where blocks are for everyone anyway.
fn opening<'p>(group: &Group<'p>, world: &World) -> Option<Opening<'p>> {
    if world.settings.peers == Peers::Open
        && let Some(&(at, rule)) = group.rules.iter().find(|(_, rule)| is_everything(&rule.value))
    {
        let block = rule.value.blocks().find(|block| takes_part(block, world))?;
        let written = Rule {
            peers: Vec::new(),
            ports: rule.value.ports.clone(),
        };
        return Some(Opening {
            at,
            rule,
            block,
            written,
            action: "remove the peer list: the rule is for everyone",
        });
    }
    let (at, rule, block) = group.first_block(|block| takes_part(block, world))?;
    let (written, action) = with_selectors(&rule.value, block, world.settings.peers);
    Some(Opening {
        at,
        rule,
        block,
        written,
        action,
    })
}

/// Tells whether the block holds pods, or may.
fn takes_part(block: &Block, world: &World) -> bool {
    world.pod_cover(&addresses([block])).cover != Cover::Nothing
}

/// Tells whether the rule's blocks leave no address out, so that the peer list may go: the holes that no pod lies in
/// count here, as the outside lies in them.
fn is_everything(rule: &Rule) -> bool {
    let everything: CidrSet = [Ipv4Net::default()].into_iter().collect();
    addresses(rule.blocks()) == everything
}

/// Returns the rule with selectors of every pod behind `block`.
fn with_selectors(rule: &Rule, block: &Block, peers: Peers) -> (Rule, &'static str) {
    let own_namespace = Peer::Pods {
        pods: Some(Selector::EVERYTHING),
        namespaces: None,
    };
    let is_there = rule.peers.iter().any(|peer| peer.value == own_namespace);
    let (added, action) = match peers {
        Peers::Guide | Peers::Open if !is_there => (
            vec![Peer::every_pod(), own_namespace],
            "add `namespaceSelector: {}` and `podSelector: {}` beside it",
        ),
        Peers::Guide | Peers::Open | Peers::Minimal => {
            (vec![Peer::every_pod()], "add `namespaceSelector: {}` beside it")
        }
    };
    let mut rule = rule.clone();
    let is_block = |peer: &Entry<Peer>| matches!(&peer.value, Peer::Block(other) if other.cidr_span == block.cidr_span);
    let behind = rule
        .peers
        .iter()
        .position(is_block)
        .map_or(rule.peers.len(), |at| at + 1);
    let added = added.into_iter().map(|peer| Entry::new(peer, block.cidr_span));
    rule.peers.splice(behind..behind, added);
    (rule, action)
}

/// Says what the blocks contain, and where that was stated.
fn label(group: &Group<'_>, block: &Block, world: &World) -> String {
    let pods = world.pod_space();
    let what = match (pods.is_empty(), world.facts.stated_at.get("pod-cidrs")) {
        (true, _) => "any pod".to_owned(),
        (false, None) => format!("the pod CIDR {pods}"),
        (false, Some(place)) => format!("the pod CIDR {pods} ({place})"),
    };
    if world.pod_cover(&addresses([block])).cover == Cover::All {
        format!("contains {what}")
    } else {
        let others = group.blocks().filter(|(_, block)| takes_part(block, world)).count() - 1;
        let blocks = if others == 1 { "block" } else { "blocks" };
        format!("contains {what}, together with {others} more {blocks} on the same ports")
    }
}
