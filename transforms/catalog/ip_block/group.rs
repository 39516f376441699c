//! Rules of equal ports: what one of them allows, all of them allow together.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Block, Direction, Entry, Policy, PortTarget, Protocol, Rule};

/// The ports of a rule as a set; an empty one is every protocol and port.
type Ports = BTreeSet<(Protocol, PortTarget)>;

/// The rules of one direction that have equal ports.
pub(super) struct Group<'p> {
    /// The direction.
    pub(super) direction: Direction,
    /// The rules with their indices, in the order of the file.
    pub(super) rules: Vec<(usize, &'p Entry<Rule>)>,
    /// Whether a rule of the policy allows every pod on these ports.
    open_to_pods: bool,
}

/// Returns the rules in effect, in groups of equal ports, in the order of their first rules.
pub(super) fn groups(policy: &Policy, direction: Direction) -> Vec<Group<'_>> {
    let mut by_ports: BTreeMap<Ports, Vec<(usize, &Entry<Rule>)>> = BTreeMap::new();
    let mut open_ports: BTreeSet<Ports> = BTreeSet::new();
    for (at, rule) in policy.effective_rules(direction) {
        let ports = ports_of(&rule.value);
        if rule.value.peers.is_empty() || rule.value.peers.iter().any(|peer| peer.value.is_every_pod()) {
            open_ports.insert(ports.clone());
        }
        by_ports.entry(ports).or_default().push((at, rule));
    }
    let all_open = open_ports.contains(&Ports::new());
    let group = |(ports, rules)| Group {
        direction,
        rules,
        open_to_pods: all_open || open_ports.contains(&ports),
    };
    let mut groups: Vec<Group<'_>> = by_ports.into_iter().map(group).collect();
    groups.sort_by_key(|group| group.rules.first().map(|(at, _)| *at));
    groups
}

fn ports_of(rule: &Rule) -> Ports {
    rule.ports
        .iter()
        .map(|port| (port.value.protocol, port.value.target.clone()))
        .collect()
}

impl<'p> Group<'p> {
    /// Tells whether every pod is allowed on these ports as it is.
    pub(super) const fn reaches_every_pod(&self) -> bool {
        self.open_to_pods
    }

    /// Returns the blocks with the indices of their rules, in the order of the file.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, &'p Block)> {
        self.rules
            .iter()
            .flat_map(|&(at, rule)| rule.value.blocks().map(move |block| (at, block)))
    }

    /// Returns the first block that satisfies `wanted`, with its rule.
    pub(super) fn first_block(&self, wanted: impl Fn(&Block) -> bool) -> Option<(usize, &'p Entry<Rule>, &'p Block)> {
        self.rules.iter().find_map(|&(at, rule)| {
            let block = rule.value.blocks().find(|block| wanted(block))?;
            Some((at, rule, block))
        })
    }
}
