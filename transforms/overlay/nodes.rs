//! Which rules of a policy let nodes in or out under NPM, and what an overlay says for them.

use super::ports::{Ports, ports_for_nodes};
use crate::policy::{
    Block, CidrSet, CnpPeers, CnpRule, Cover, Direction, Entity, Entry, Policy, PortNumber, PortSet, Rule, addresses,
    cover,
};
use crate::transform::{Decision, Fact, Manual};
use crate::world::World;

/// A rule for the other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeRule {
    /// The rule.
    pub(crate) rule: CnpRule,
    /// Why it needs a look: the nodes that it opens beyond what NPM allows. `None` where it opens none.
    pub(crate) opens: Option<String>,
}

/// What is known of the other nodes in one direction of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Nodes {
    /// The rules, in the order of their sources, equal ones once.
    pub(crate) rules: Vec<NodeRule>,
    /// What can't be decided.
    pub(crate) open: Vec<Decision>,
}

/// Reads which rules in effect let other nodes in or out: those whose blocks meet the nodes' addresses.
///
/// A rule without peers is left out, and every rule whose ports such a rule has: Cilium takes it for nodes too.
pub(crate) fn nodes(policy: &Policy, direction: Direction, world: &World) -> Nodes {
    let mut nodes = Nodes::default();
    let peerless: Vec<_> = policy
        .effective_rules(direction)
        .filter(|(_, rule)| rule.value.peers.is_empty())
        .map(|(_, rule)| PortSet::of(&rule.value))
        .collect();
    for (index, rule) in policy.effective_rules(direction) {
        let ports = PortSet::of(&rule.value);
        if rule.value.peers.is_empty() || peerless.iter().any(|open| open.contains(&ports)) {
            continue;
        }
        judge(policy, direction, index, rule, world, &mut nodes);
    }
    nodes
}

fn judge(policy: &Policy, direction: Direction, index: usize, rule: &Entry<Rule>, world: &World, nodes: &mut Nodes) {
    let opens = match reach(policy, direction, index, world) {
        Reach::None => return,
        Reach::Whole => None,
        Reach::Part(others) => Some(others),
        Reach::Unknown => {
            return nodes.open.extend(rule.value.blocks().map(|block| Decision::Waits {
                fact: Fact::NodeCidrs,
                spot: policy.place.at(block.cidr_span),
                what: format!("block {}", block.cidr),
            }));
        }
        Reach::PerhapsPods => return nodes.open.push(perhaps_pods(policy, rule)),
        Reach::Substituted => return nodes.open.push(substituted(policy, rule, "block")),
    };
    let ports = match ports_for_nodes(&rule.value, direction, world) {
        Ports::Every => Vec::new(),
        Ports::Listed(ports) => ports,
        Ports::NamesOnly => return,
        Ports::Substituted => return nodes.open.push(substituted(policy, rule, "port")),
        Ports::TooLong(first, last) => return nodes.open.push(too_long(policy, rule, first, last, world)),
    };
    let rule = CnpRule {
        peers: CnpPeers::Entities(vec![Entity::RemoteNode]),
        ports,
    };
    match nodes.rules.iter_mut().find(|other| other.rule == rule) {
        Some(other) if opens.is_none() => other.opens = None,
        Some(_) => {}
        None => nodes.rules.push(NodeRule { rule, opens }),
    }
}

/// How much of the nodes the blocks of a rule cover.
enum Reach {
    None,
    Whole,
    /// Some; the others in words.
    Part(String),
    /// A part of a subnet that pods share: whether a node is in it is not known.
    PerhapsPods,
    /// The node CIDRs are needed and not known.
    Unknown,
    /// A `${VAR}` stands for a block that decides.
    Substituted,
}

fn reach(policy: &Policy, direction: Direction, index: usize, world: &World) -> Reach {
    let rules = beside(policy, direction, index);
    let covered = addresses(rules.iter().flat_map(|rule| rule.blocks()));
    let nodes: CidrSet = world.facts.node_nets().into_iter().collect();
    let substituted = rules.iter().any(|rule| rule.blocks().any(Block::has_variable));
    match cover(&covered, &nodes) {
        Cover::All => Reach::Whole,
        Cover::Nothing | Cover::Part | Cover::Unknown if substituted => Reach::Substituted,
        Cover::Nothing => Reach::None,
        Cover::Part if world.node_space_without_pods().intersection(&covered).is_empty() => {
            // With the nodes known, none of them is in it.
            if world.facts.nodes.is_empty() {
                Reach::PerhapsPods
            } else {
                Reach::None
            }
        }
        Cover::Part => Reach::Part(in_words(&nodes.difference(&covered))),
        Cover::Unknown => Reach::Unknown,
    }
}

/// Returns the rules in effect that have the ports of the rule `index`, itself among them: under NPM a range that two
/// rules share out is open as a whole.
pub(crate) fn beside(policy: &Policy, direction: Direction, index: usize) -> Vec<&Rule> {
    let ports_of = |(at, rule): (usize, &Entry<Rule>)| (at == index).then(|| PortSet::of(&rule.value));
    let ports = policy.effective_rules(direction).find_map(ports_of);
    let rules = policy.effective_rules(direction).map(|(_, rule)| &rule.value);
    rules.filter(|rule| Some(PortSet::of(rule)) == ports).collect()
}

fn in_words(others: &CidrSet) -> String {
    const SHOWN: usize = 8;
    let nets = others.nets();
    let shown: Vec<_> = nets.iter().take(SHOWN).map(ToString::to_string).collect();
    let text = shown.join(", ");
    match nets.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more ranges"),
    }
}

fn substituted(policy: &Policy, rule: &Entry<Rule>, part: &str) -> Decision {
    let message = format!("what an overlay must say of nodes can't be told: a `${{VAR}}` stands for a {part}");
    let supply = format!(
        "run ciliate on the rendered manifests, where the {part} is filled in, or add the rule for nodes by hand"
    );
    manual(policy, rule, message, supply)
}

fn perhaps_pods(policy: &Policy, rule: &Entry<Rule>) -> Decision {
    let message =
        "whether its blocks hold a node can't be told: pods and nodes share the subnet of which they cover a \
                   part, and `remote-node` opens every other node"
            .to_owned();
    let supply = "show the nodes with --facts; else, if nodes are meant, add the rule for `remote-node` by hand";
    manual(policy, rule, message, supply.to_owned())
}

fn too_long(policy: &Policy, rule: &Entry<Rule>, first: PortNumber, last: PortNumber, world: &World) -> Decision {
    let cilium = world.facts.target.cilium;
    let message = format!(
        "the overlay for nodes would need every port from {first} to {last} by itself: Cilium {cilium} has no ranges in \
         its policies"
    );
    let supply = "raise `max-ports`, narrow the range, or move to Cilium 1.16 or later".to_owned();
    manual(policy, rule, message, supply)
}

fn manual(policy: &Policy, rule: &Entry<Rule>, message: String, supply: String) -> Decision {
    Decision::Manual(Manual {
        spot: policy.place.at(rule.span),
        message,
        label: "this rule".to_owned(),
        supply,
        notes: Vec::new(),
    })
}
