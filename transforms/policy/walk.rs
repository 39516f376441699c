//! Walks over the parts of a policy, over both directions at once.

use super::model::{Block, Direction, Entry, Peer, Policy, Rule};

impl Policy {
    /// Tells whether a rule in effect allows every peer on every port, so that nothing is denied in the direction.
    pub fn allows_everything(&self, direction: Direction) -> bool {
        self.effective_rules(direction)
            .any(|(_, rule)| rule.value.peers.is_empty() && rule.value.ports.is_empty())
    }

    /// Returns the rules of both directions that are in effect.
    pub fn rules_in_effect(&self) -> impl Iterator<Item = (Direction, &Entry<Rule>)> {
        let rules = |direction| self.effective_rules(direction).map(move |(_, rule)| (direction, rule));
        Direction::BOTH.into_iter().flat_map(rules)
    }

    /// Returns the peers of the rules in effect.
    pub fn peers_in_effect(&self) -> impl Iterator<Item = (Direction, &Entry<Peer>)> {
        self.rules_in_effect()
            .flat_map(|(direction, rule)| rule.value.peers.iter().map(move |peer| (direction, peer)))
    }

    /// Returns the peers of both sections, in effect or not.
    pub fn written_peers(&self) -> impl Iterator<Item = &Entry<Peer>> {
        let rules = self.ingress.rules.iter().chain(&self.egress.rules);
        rules.flat_map(|rule| &rule.value.peers)
    }
}

impl Peer {
    /// Returns the block, where the peer is one.
    pub const fn block(&self) -> Option<&Block> {
        match self {
            Self::Block(block) => Some(block),
            Self::Pods { .. } => None,
        }
    }
}
