//! The rules that stand in the place of one whose names were resolved.

use std::collections::BTreeSet;

use super::peers::NamedPeers;
use super::pin::Pin;
use crate::policy::{Entry, Peer, Port, PortNumber, PortTarget, Protocol, Rule};

/// What a name becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Becomes {
    /// These numbers, for all peers.
    Numbers(Vec<PortNumber>),
    /// One rule for each number, with the workloads that declare it as peers.
    Pins(Vec<Pin>),
}

impl Becomes {
    /// Returns how many numbers stand in the place of the name itself.
    pub(super) const fn numbers(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Pins(_) => 0,
        }
    }
}

/// Returns the rules for `rule`, whose ports at the given indices become what stands beside them.
///
/// The written item keeps all else; what needs other peers follows in items of its own. Nothing is left where the
/// names were all that the rule had and no pod can be reached.
pub(super) fn rebuilt(rule: &Entry<Rule>, peers: &NamedPeers, names: &[(usize, Becomes)]) -> Vec<Entry<Rule>> {
    let mut own = Ports::beside(if peers.are_changed() { &[] } else { &rule.value.ports });
    let mut moved = Ports::beside(&[]);
    let mut pinned = Vec::new();
    for (at, port) in rule.value.ports.iter().enumerate() {
        match names.iter().find(|(named, _)| *named == at) {
            None => own.entries.push(port.clone()),
            Some((_, Becomes::Numbers(numbers))) if peers.are_changed() => moved.write(port, numbers),
            Some((_, Becomes::Numbers(numbers))) => own.write(port, numbers),
            Some((_, Becomes::Pins(pins))) => pinned.extend(pins.iter().map(|pin| pinned_rule(pin, rule, port))),
        }
    }
    if peers.entries.is_empty() && peers.are_changed() {
        moved.entries.clear();
    }
    let own = Rule {
        peers: rule.value.peers.clone(),
        ports: own.entries,
    };
    let moved = Rule {
        peers: peers.entries.clone(),
        ports: moved.entries,
    };
    let rules = [own, moved]
        .into_iter()
        .chain(pinned)
        .filter(|rule| !rule.ports.is_empty());
    let placed = |(index, value)| match index {
        0 => Entry {
            value,
            origin: rule.origin,
            span: rule.span,
        },
        _ => rule.followed_by(value),
    };
    rules.enumerate().map(placed).collect()
}

fn pinned_rule(pin: &Pin, rule: &Entry<Rule>, port: &Entry<Port>) -> Rule {
    let peer = |peer: &Peer| Entry::new(peer.clone(), rule.span);
    Rule {
        peers: pin.peers.iter().map(peer).collect(),
        ports: vec![numbered(port.clone(), pin.number)],
    }
}

/// A list of ports in the making, each number once.
struct Ports {
    entries: Vec<Entry<Port>>,
    listed: BTreeSet<(Protocol, PortNumber)>,
}

impl Ports {
    /// Starts a list into which `ports` will come too.
    fn beside(ports: &[Entry<Port>]) -> Self {
        let single = |port: &Entry<Port>| match port.value.target {
            PortTarget::Number(number) => Some((port.value.protocol, number)),
            PortTarget::All | PortTarget::Range(..) | PortTarget::Name(_) | PortTarget::Substituted(_) => None,
        };
        Self {
            entries: Vec::new(),
            listed: ports.iter().filter_map(single).collect(),
        }
    }

    /// Writes the numbers in the place of a name: the first keeps the entry, others are copies of it.
    fn write(&mut self, port: &Entry<Port>, numbers: &[PortNumber]) {
        let mut place = port.clone();
        for &number in numbers {
            if self.listed.insert((port.value.protocol, number)) {
                self.entries.push(numbered(place.clone(), number));
                place = port.followed_by(port.value.clone());
            }
        }
    }
}

fn numbered(mut port: Entry<Port>, number: PortNumber) -> Entry<Port> {
    port.value.target = PortTarget::Number(number);
    port
}
