#![doc = include_str!("ip_block.md")]

mod group;

use ipnet::Ipv4Net;

use crate::policy::{Block, CidrSet, Cover, Direction, Entry, Peer, Policy, Rule, Selector, addresses};
use crate::transform::{Act, Change, Decision, Fact, Grade, Manual, Phase, Rewrite, Role, Scope, Subject, Transform};
use crate::world::{Peers, World};
use group::Group;

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
    group.direction == Direction::Egress
        && !world.facts.target.cilium.resolves_egress_names_per_pod()
        && group.rules.iter().any(|(_, rule)| rule.value.holds_name())
}

fn decide_group(policy: &Policy, group: &Group<'_>, world: &World) -> Vec<Decision> {
    let covered = addresses(group.blocks().map(|(_, block)| block));
    let of_pods = world.pod_cover(&covered);
    let variable = group.blocks().find(|(_, block)| block.has_variable());
    match (of_pods.cover, variable) {
        (Cover::All, _) => {
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
    let takes_part = |block: &Block| world.pod_cover(&addresses([block])).cover != Cover::Nothing;
    let open =
        (world.settings.peers == Peers::Open).then(|| group.rules.iter().find(|(_, rule)| is_everything(&rule.value)));
    let (site, written, action) = if let Some(&(at, rule)) = open.flatten() {
        let block = rule.value.blocks().find(|block| takes_part(block))?;
        let written = Rule {
            peers: Vec::new(),
            ports: rule.value.ports.clone(),
        };
        (
            (at, rule, block),
            written,
            "remove the peer list: the rule is for everyone",
        )
    } else {
        let (at, rule, block) = group.first_block(takes_part)?;
        let (written, action) = with_selectors(&rule.value, block, world.settings.peers);
        ((at, rule, block), written, action)
    };
    let (at, rule, block) = site;
    let mut notes = Vec::new();
    if let Some(overflow) = world.overflow(policy, &written) {
        reasons.push(overflow);
        if is_everything(&rule.value) {
            notes.push("with `peers: open` the rule takes one entry per port instead".to_owned());
        }
    }
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
        let others = group.blocks().count() - 1;
        let blocks = if others == 1 { "block" } else { "blocks" };
        format!("contains {what}, together with {others} more {blocks} on the same ports")
    }
}

fn partly(policy: &Policy, group: &Group<'_>, covered: &CidrSet, world: &World) -> Manual {
    let pods = world.pod_space();
    let holds_some = |block: &Block| !pods.intersection(&addresses([block])).is_empty();
    let first = group
        .first_block(holds_some)
        .map_or(policy.place.name, |(_, _, block)| block.cidr_span);
    Manual {
        spot: policy.place.at(first),
        message: "this block holds some of the pods and not others, which no selector can say".to_owned(),
        label: format!("holds a part of the pod CIDR {pods}"),
        supply: "select the pods that are meant by their labels, beside the block".to_owned(),
        notes: vec![
            format!(
                "pod addresses that the blocks on these ports hold: {}",
                pods.intersection(covered)
            ),
            format!("pod addresses that they do not hold: {}", pods.difference(covered)),
        ],
    }
}

fn depends_on_variable(policy: &Policy, block: &Block) -> Manual {
    Manual {
        spot: policy.place.at(block.cidr_span),
        message: "whether this block holds pods depends on a variable".to_owned(),
        label: "filled in later".to_owned(),
        supply: "run ciliate on the rendered manifests".to_owned(),
        notes: Vec::new(),
    }
}

/// Returns a wait for each block of which nobody can say whether it holds pods; in a service CIDR there are none.
fn waits(policy: &Policy, group: &Group<'_>, world: &World) -> Vec<Decision> {
    let services: CidrSet = world.facts.service_nets().into_iter().collect();
    let is_open = |block: &Block| {
        let block = addresses([block]);
        world.pod_cover(&block).cover == Cover::Unknown && !block.difference(&services).is_empty()
    };
    let open = group.blocks().filter(|(_, block)| is_open(block));
    let wait = |block: &Block| Decision::Waits {
        fact: Fact::PodCidrs,
        spot: policy.place.at(block.cidr_span),
        what: format!("block {}", block.cidr),
    };
    open.map(|(_, block)| wait(block)).collect()
}
