//! Which rules of a policy let nodes in or out under NPM, and what an overlay says for them.

use std::collections::BTreeMap;

use super::ports::{Ports, ports_for_nodes};
use crate::policy::{
    Block, CidrSet, CnpPeers, CnpPort, CnpRule, Cover, Direction, Entity, Entry, Policy, PortNumber, PortSet, Rule,
    addresses, cover,
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
    let by_ports = by_ports(policy, direction);
    let has_peers = |rules: &[(usize, &Entry<Rule>)]| rules.iter().all(|(_, rule)| !rule.value.peers.is_empty());
    let (with_peers, peerless): (Vec<_>, Vec<_>) = by_ports.into_iter().partition(|(_, rules)| has_peers(rules));
    let is_open = |ports: &PortSet| peerless.iter().any(|(open, _)| open.contains(ports));
    let mut rules: Vec<(usize, &Entry<Rule>, Reach)> = Vec::new();
    for (_, alike) in with_peers.into_iter().filter(|(ports, _)| !is_open(ports)) {
        let reach = reach(&alike, world);
        rules.extend(alike.into_iter().map(|(index, rule)| (index, rule, reach.clone())));
    }
    rules.sort_unstable_by_key(|(index, ..)| *index);
    let mut judging = Judging {
        policy,
        direction,
        world,
        nodes: Nodes::default(),
        by_ports: BTreeMap::new(),
    };
    for (_, rule, reach) in rules {
        judging.judge(rule, reach);
    }
    judging.nodes
}

/// The rules of a policy on their way to what is known of the nodes.
struct Judging<'a> {
    policy: &'a Policy,
    direction: Direction,
    world: &'a World,
    nodes: Nodes,
    /// Which of the nodes' rules has these ports.
    by_ports: BTreeMap<Vec<CnpPort>, usize>,
}

impl Judging<'_> {
    fn judge(&mut self, rule: &Entry<Rule>, reach: Reach) {
        let (policy, open) = (self.policy, &mut self.nodes.open);
        let opens = match reach {
            Reach::None => return,
            Reach::Whole => None,
            Reach::Part(others) => Some(others),
            Reach::Unknown => {
                return open.extend(rule.value.blocks().map(|block| Decision::Waits {
                    fact: Fact::NodeCidrs,
                    spot: policy.place.at(block.cidr_span),
                    what: format!("block {}", block.cidr),
                }));
            }
            Reach::PerhapsPods => return open.push(perhaps_pods(policy, rule)),
            Reach::Substituted => return open.push(substituted(policy, rule, "block")),
        };
        let ports = match ports_for_nodes(&rule.value, self.direction, self.world) {
            Ports::Every => Vec::new(),
            Ports::Listed(ports) => ports,
            Ports::NamesOnly => return,
            Ports::Substituted => return open.push(substituted(policy, rule, "port")),
            Ports::TooLong(first, last) => return open.push(too_long(policy, rule, first, last, self.world)),
        };
        self.open(ports, opens);
    }

    /// Opens ports for the other nodes, beyond what NPM allows where no rule opens them as a whole.
    fn open(&mut self, ports: Vec<CnpPort>, opens: Option<String>) {
        let rules = &mut self.nodes.rules;
        if let Some(standing) = self.by_ports.get(&ports).and_then(|at| rules.get_mut(*at)) {
            standing.opens = standing.opens.take().filter(|_| opens.is_some());
            return;
        }
        self.by_ports.insert(ports.clone(), rules.len());
        let rule = CnpRule {
            peers: CnpPeers::Entities(vec![Entity::RemoteNode]),
            ports,
        };
        rules.push(NodeRule { rule, opens });
    }
}

/// How much of the nodes the blocks of rules with the same ports cover.
#[derive(Debug, Clone)]
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

fn reach(rules: &[(usize, &Entry<Rule>)], world: &World) -> Reach {
    let blocks = || rules.iter().flat_map(|(_, rule)| rule.value.blocks());
    let covered = addresses(blocks());
    let nodes: CidrSet = world.facts.node_nets().into_iter().collect();
    let substituted = blocks().any(Block::has_variable);
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

/// Returns the rules in effect with their indices, by their ports: under NPM a range that several rules share out is
/// open as a whole where they have the same.
pub(crate) fn by_ports(policy: &Policy, direction: Direction) -> BTreeMap<PortSet, Vec<(usize, &Entry<Rule>)>> {
    let mut by_ports: BTreeMap<PortSet, Vec<_>> = BTreeMap::new();
    for (index, rule) in policy.effective_rules(direction) {
        by_ports
            .entry(PortSet::of(&rule.value))
            .or_default()
            .push((index, rule));
    }
    by_ports
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
